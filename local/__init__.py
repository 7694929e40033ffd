"""Everything needed to run the product on one machine; nothing here is deployed."""
