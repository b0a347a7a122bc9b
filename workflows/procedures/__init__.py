"""The procedures of a wage-arrears case: one file each, and nothing between them but the acts that belong together."""
