"""Which files are read, and how far. A file is read at one of three levels, and no further than somebody asks:

- file: a look at its bytes tells its words and the headers of its classes (`looks`), and what it imports (`imports`);
- outline: what it brings into the world is told by the text without the bodies of its functions;
- body: the body of a function is parsed once somebody asks what it calls, gives or stores.

`files` holds the files of a run and their levels, `reach` follows names from file to file, `parsing` spreads work over
processes.
"""
