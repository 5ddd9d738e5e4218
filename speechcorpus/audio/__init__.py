"""Brings untrusted bytes safely to samples and back: header check, limited child process, FLAC."""
