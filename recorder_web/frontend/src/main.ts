import.meta.glob("./styles/main.css", { eager: true });
