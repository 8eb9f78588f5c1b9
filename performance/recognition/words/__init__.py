"""What rules and awards say, in the words that screens, mails and the API share."""
