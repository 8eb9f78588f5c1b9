"""Shapes of input, one module per subject. Writing is the services' business."""
