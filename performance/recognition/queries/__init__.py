"""What screens, mails and the API read of recognition."""
