"""The SDK is imported by whoever comes first, and by two threads at once."""

import subprocess
import sys

RACE = """
import importlib._bootstrap as bootstrap, importlib.machinery, sys, threading, time

class Pause:
    # stops the first importer in the middle of boto3, until the second one waits for it
    def find_spec(self, name, path=None, target=None):
        if name != "boto3.compat":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        plain = spec.loader.exec_module
        def exec_module(module):
            second.start()
            end = time.monotonic() + 20
            while second.ident not in bootstrap._blocking_on and time.monotonic() < end:
                pass
            plain(module)
        spec.loader.exec_module = exec_module
        return spec

def ahead():
    from tfm.storage.registry import preload
    preload("s3")

def use():
    try:
        import tfm.storage.s3.client
    except BaseException as error:
        failed.append(error)

failed = []
import tfm.storage.s3.storage
sys.meta_path.insert(0, Pause())
first, second = threading.Thread(target=ahead), threading.Thread(target=use)
first.start(); first.join(); second.join()
import boto3
print(failed)
"""


def test_reading_ahead_and_the_first_request_import_it_at_the_same_time() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", RACE], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout == "[]\n"
