"""Landloom: leak-free land-cover patches, and land-cover maps from embeddings."""
