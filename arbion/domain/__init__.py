"""The words of the house: values and vocabulary that every layer shares, without tables or input and output."""
