"""Backups: one file with a consistent copy of the database, and a folder of the objects that it names.

::

    flow.py        create, verify and restore
    archive.py     the file: a manifest, and parts that are what it says
    databases.py   a database into a part, and a part into an empty database
    objects.py     the bytes of blobs, from the store into a folder and back
"""
