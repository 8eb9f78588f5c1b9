"""Platform operators: the Django admin in the product's colours, inside one chosen tenant at a time."""
