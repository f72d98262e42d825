"""What an image file says of training: manifests signed here, XMP, and files that say nothing."""

from __future__ import annotations

import datetime
import functools
import io
import json
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from corpuswright.quality.images import opt_outs
from corpuswright.quality.images.opt_outs import Said
from tests.fixtures.synthetic_images import with_xmp

c2pa: Any = pytest.importorskip("c2pa", reason="the extra `provenance` is not installed")


@functools.cache
def signer() -> Any:
    """Someone who signs with a certificate of an authority that nobody trusts."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    theirs, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def name(text: str) -> x509.Name:
        fields = {NameOID.COMMON_NAME: text, NameOID.ORGANIZATION_NAME: "Tests"}
        return x509.Name([x509.NameAttribute(k, v) for k, v in fields.items()])

    def certificate(subject: str, key: Any, *extensions: tuple[Any, bool]) -> bytes:
        made = x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name("authority"))
        made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
        made = made.not_valid_before(datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
        made = made.not_valid_after(datetime.datetime(2046, 1, 1, tzinfo=datetime.UTC))
        identifiers = (
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(theirs.public_key()),
        )
        for extension, critical in (*extensions, *((i, False) for i in identifiers)):
            made = made.add_extension(extension, critical)
        return made.sign(theirs, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def usage(sign: bool) -> x509.KeyUsage:
        none = (False,) * 5
        return x509.KeyUsage(not sign, *none[:4], sign, sign, False, False)

    chain = certificate(
        "signer",
        own,
        (x509.BasicConstraints(False, None), True),
        (usage(False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False),
    ) + certificate(
        "authority", theirs, (x509.BasicConstraints(True, None), True), (usage(True), True)
    )
    key = own.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    return c2pa.Signer.from_info(info)


def picture(kind: str = "jpeg") -> bytes:
    sink = io.BytesIO()
    Image.new("RGB", (500, 400), (9, 9, 99)).save(sink, kind)
    return sink.getvalue()


def signed(uses: dict[str, str], label: str = "c2pa", kind: str = "jpeg") -> bytes:
    entries = {f"{label}.{n}": {"use": u} for n, u in uses.items()}
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    actions = [{"action": "c2pa.created", "digitalSourceType": source}]
    manifest = {
        "format": f"image/{kind}",
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": actions}},
            {"label": f"{label}.training-mining", "data": {"entries": entries}},
        ],
    }
    sink = io.BytesIO()
    c2pa.Builder(json.dumps(manifest)).sign(
        signer(), f"image/{kind}", io.BytesIO(picture(kind)), sink
    )
    return sink.getvalue()


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("label", ["c2pa", "cawg"])
def test_a_manifest_that_refuses_training(kind: str, label: str):
    data = signed({"ai_generative_training": "notAllowed"}, label, kind)
    said = Said("Valid", f"{label}.ai_generative_training notAllowed")
    assert opt_outs.read(data, kind) == said


@pytest.mark.parametrize(
    ("uses", "opt_out"),
    [
        ({"data_mining": "constrained"}, "c2pa.data_mining constrained"),
        ({"ai_training": "notAllowed", "data_mining": "allowed"}, "c2pa.ai_training notAllowed"),
        ({"ai_training": "allowed", "ai_generative_training": "allowed"}, ""),
        ({"ai_inference": "notAllowed"}, ""),
    ],
)
def test_what_is_said_of_training(uses: dict[str, str], opt_out: str):
    assert opt_outs.read(signed(uses), "jpeg") == Said("Valid", opt_out)


def test_a_refusal_holds_though_pixels_were_altered():
    data = bytearray(signed({"ai_training": "notAllowed"}))
    data[-40] ^= 1
    assert opt_outs.read(bytes(data), "jpeg") == Said("Invalid", "c2pa.ai_training notAllowed")


def test_a_manifest_that_cannot_be_read_is_told_of():
    data = bytearray(signed({"ai_training": "allowed"}))
    at = data.index(b"c2pa")
    data[at + 40 : at + 400] = bytes(360)
    said = opt_outs.read(bytes(data), "jpeg")
    assert said.c2pa.startswith(opt_outs.NOT_READ) or said.c2pa == "Invalid"


FORMS = (
    "rdf:li plus:DataMining='{}'/",
    'rdf:li plus:DataMining = "{}"/',
    "plus:DataMining>{}</plus:DataMining",
    "plus:DataMining >\n {}</plus:DataMining",
    "plus:DataMining rdf:resource='{}'/",
    "plus:DataMining>DMI-UNSPECIFIED</plus:DataMining><plus:DataMining>{}</plus:DataMining",
)


@pytest.mark.parametrize("form", FORMS)
def test_data_mining_in_xmp(form: str):
    base = "http://ns.useplus.org/ldf/vocab/"
    refused = base + "DMI-PROHIBITED-GENAIMLTRAINING"
    said = opt_outs.read(with_xmp(picture(), form.format(refused)), "jpeg")
    assert said == Said("", f"plus:DataMining {refused}")
    allowed = with_xmp(picture(), form.format(base + "DMI-ALLOWED"))
    assert opt_outs.read(allowed, "jpeg") == Said("", "")


def test_data_mining_in_a_png_that_packs_it():
    refused = "<plus:DataMining>DMI-PROHIBITED</plus:DataMining>"
    for zipped in (True, False):
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", refused, zip=zipped)
        sink = io.BytesIO()
        Image.new("RGB", (40, 40)).save(sink, "PNG", pnginfo=info)
        said = opt_outs.read(sink.getvalue(), "png")
        assert said == Said("", "plus:DataMining DMI-PROHIBITED")


def test_a_word_that_is_none_of_the_standard_s_is_no_permission():
    data = signed({"ai_training": "notAllowed"}).replace(b"notAllowed", b"notallowed")
    assert opt_outs.read(data, "jpeg") == Said("Invalid", "c2pa.ai_training notallowed")


def test_files_that_say_nothing():
    assert opt_outs.read(picture(), "jpeg") == Said("", "")
    assert opt_outs.read(picture() + b"c2pa", "jpeg") == Said("", "")
    assert opt_outs.read(b"", "jpeg") == Said("", "")
