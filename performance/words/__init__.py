"""Figures in words, one file for each subject."""
