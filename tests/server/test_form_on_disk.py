"""The parts of a form on disk: found where they are, whatever their bytes are and wherever a block of reading ends."""

import pytest
from deliveries import BOUNDARY, form
from hypothesis import given
from hypothesis import strategies as st

from pdp_bridge.sandbox.multipart import parts as in_memory
from pdp_bridge.server import multipart
from pdp_bridge.server.multipart import NotMultipart, parts
from pdp_bridge.server.spool import digest_of, keep

CONTENT_TYPE = f'multipart/form-data; boundary="{BOUNDARY}"'
PIECES = [b"\r", b"\n", b"\r\n", b"-", b"--", f"--{BOUNDARY}".encode()[:9], b"x", b"\x00\xff"]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("form") / "body"


def read(path, body):
    path.write_bytes(body)
    return {part.name: body[part.extent.start : part.extent.end] for part in parts(path, CONTENT_TYPE)}


@pytest.mark.parametrize("block", [1, 7, 64])
@given(
    content=st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join), preamble=st.sampled_from([b"", b"hello\r\n"])
)
def test_each_part_is_found_byte_for_byte(path, block, content, preamble):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(multipart, "BLOCK", block)
        body = preamble + form(content, invoiceId="42")
        assert read(path, body) == {"file": content, "invoiceId": b"42"}
        assert {part.name: part.content for part in in_memory(CONTENT_TYPE, body)} == read(path, body)


@given(
    body=st.lists(
        st.sampled_from(
            [f"--{BOUNDARY}".encode(), *PIECES, b'Content-Disposition: form-data; name="file"', b"\r\n\r\n"]
        )
    ).map(b"".join)
)
def test_any_other_bytes_are_parts_or_refused(path, body):
    path.write_bytes(body)
    try:
        found = parts(path, CONTENT_TYPE)
    except NotMultipart:
        return
    assert all(0 <= part.extent.start <= part.extent.end <= len(body) for part in found)


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "multipart/form-data", 'multipart/mixed; boundary="x"']
)
def test_another_content_type_is_refused(path, content_type):
    path.write_bytes(form(b"x"))
    with pytest.raises(NotMultipart):
        parts(path, content_type)


def test_a_part_is_kept_whole_or_not_at_all(tmp_path, path):
    path.write_bytes(form(b"content", invoiceId="42"))
    extent = parts(path, CONTENT_TYPE)[0].extent
    keep(path, extent, tmp_path / "kept.pdf")
    assert (tmp_path / "kept.pdf").read_bytes() == b"content"
    assert digest_of(path, extent) == "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
    with pytest.raises(FileNotFoundError):
        keep(tmp_path / "no such file", extent, tmp_path / "other.pdf")
    assert [each.name for each in tmp_path.iterdir()] == ["kept.pdf"]
