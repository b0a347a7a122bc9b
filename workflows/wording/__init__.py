"""What each paper (文书) says: its words are made here, once, when it is signed, and frozen with it."""
