"""Files are whole or absent: what is synced when, and what is left after a failure."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pdp_bridge import durable


@pytest.fixture
def acts(monkeypatch):
    """What happens to the disk, in order."""
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor):
        done.append("sync folder" if os.path.isdir(f"/dev/fd/{descriptor}") else "sync file")  # noqa: PTH112
        fsync(descriptor)

    def named(path, target):
        done.append("name")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", named)
    return done


def test_the_bytes_are_on_the_disk_before_the_name_and_the_name_before_the_end(tmp_path, acts):
    durable.write_whole(tmp_path / "a", b"new")
    assert acts == ["sync file", "name", "sync folder"]
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_the_rights_are_those_that_were_asked_for(tmp_path, mode):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o777)
    durable.write_whole(tmp_path / "a", b"new", mode=mode)
    assert (tmp_path / "a").stat().st_mode & 0o777 == mode


def test_a_disk_that_is_full_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        durable.write_whole(tmp_path / "a", b"new")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"a": b"old"}


@pytest.mark.parametrize(("number", "told"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_file_system_that_syncs_no_folder_is_taken_as_it_is_and_a_broken_disk_is_told(
    tmp_path, monkeypatch, number, told
):
    def failing(_path):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(durable, "_sync", failing)
    if told:
        with pytest.raises(OSError, match=os.strerror(number)):
            durable.sync_names(tmp_path)
    else:
        durable.sync_names(tmp_path)


def test_the_longest_name_that_a_folder_takes_can_be_written(tmp_path):
    durable.write_whole(tmp_path / ("a" * 255), b"new")
    assert [len(each.name) for each in tmp_path.iterdir()] == [255]
