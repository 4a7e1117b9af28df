"""How the packaged English encoder learned Chinese; nothing here is needed when the model is used."""
