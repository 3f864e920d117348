"""Parts of a run, made by several machines, joined to the run that they are: proven to be all of it, once each."""
