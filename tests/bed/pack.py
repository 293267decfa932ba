#!/usr/bin/env python3
"""Packs programs as Lambda wants them: `pack.py FOLDER PROGRAM...` writes FOLDER/<name of program>/bootstrap.zip.

https://docs.aws.amazon.com/lambda/latest/dg/rust-package.html
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile


def pack(folder, program):
    target = folder / program.name
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        bootstrap = pathlib.Path(scratch) / "bootstrap"
        shutil.copy(program, bootstrap)
        # Symbols are a third of a development build, and each zip is sent several times.
        if shutil.which("strip"):
            subprocess.run(["strip", bootstrap], check=False)
        with zipfile.ZipFile(target / "bootstrap.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(bootstrap, "bootstrap")


def main():
    folder, *programs = map(pathlib.Path, sys.argv[1:])
    for program in programs:
        pack(folder, program)


if __name__ == "__main__":
    main()
