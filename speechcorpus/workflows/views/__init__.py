"""What a page shows, read for one person: authorised per object, nothing that `fair-work.md` §11 forbids."""
