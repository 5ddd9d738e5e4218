"""Keeps catalogue, blobs and the job table so that nothing acknowledged is ever lost."""
