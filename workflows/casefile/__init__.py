"""The facts of a case: who, what, how much, on which evidence. No procedure stands here, and no HTTP."""
