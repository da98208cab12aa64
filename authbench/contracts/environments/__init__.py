"""What an environment is made of: packages in exact versions."""
