"""Sentences about reviews that screens, mails and the API share."""
