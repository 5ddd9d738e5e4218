"""Brings untrusted bytes safely to samples and back: header check, block streaming, decoding in a limited child process, FLAC."""
