"""How each tool writes its recipe, one module each: layers in, a recipe out."""
