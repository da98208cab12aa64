"""Are the attacks sharp? Each mutation of a server must turn the rows red that it declares, and no other."""
