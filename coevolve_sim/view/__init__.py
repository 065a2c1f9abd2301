"""The live view: a society that is played, and what has been run, as pages in the browser.

It needs the extra ``view``; nothing else of the package imports it but the command ``coevolve view``.
"""
