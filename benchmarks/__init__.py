"""Speed and accuracy, measured side by side; only ratios inside one run are ever quoted."""
