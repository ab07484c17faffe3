"""The REST doors of the risk desk."""
