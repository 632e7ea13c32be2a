"""What is wrong with the records of a name, by name. Decides from what DNS said, asks nothing itself."""

from __future__ import annotations

import ipaddress
from dataclasses import asdict, dataclass

from domains.asking import Answers

# Where the big proxies answer: addresses they publish, and names that CNAME records to them end in.
PROXIES = {
    "Cloudflare": (
        "173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22", "103.31.4.0/22", "141.101.64.0/18", "108.162.192.0/18",
        "190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22", "198.41.128.0/17", "162.158.0.0/15", "104.16.0.0/13",
        "104.24.0.0/14", "172.64.0.0/13", "131.0.72.0/22",
    ),
    "Fastly": ("151.101.0.0/16", "199.232.0.0/16", "146.75.0.0/17"),
    "Sucuri": ("192.88.134.0/23", "185.93.228.0/22", "66.248.200.0/22"),
}  # fmt: skip
PROXY_NAMES = {
    "cdn.cloudflare.net": "Cloudflare",
    "cloudfront.net": "CloudFront",
    "fastly.net": "Fastly",
    "edgekey.net": "Akamai",
    "edgesuite.net": "Akamai",
    "akamaiedge.net": "Akamai",
    "azureedge.net": "Azure",
    "azurefd.net": "Azure",
    "b-cdn.net": "Bunny",
    "incapdns.net": "Imperva",
}
_NETWORKS = [(ipaddress.ip_network(one), name) for name, ones in PROXIES.items() for one in ones]
GONE = frozenset(
    {"nothing", "wrong_target", "proxied", "several_a", "cname_at_root"}
)  # visitors do not reach us safely


@dataclass(frozen=True)
class Wanted:
    """What the records of a name must say. `proof` is the value of the TXT record, where one is asked for."""

    host: str
    is_root: bool
    target: str
    address: str
    issuers: tuple[str, ...] = ()
    proof_at: str = ""
    proof: str = ""


@dataclass(frozen=True)
class Fault:
    """One thing that stands in the way, in a sentence, with what was found and what is wanted."""

    code: str
    text: str
    found: str = ""
    wanted: str = ""

    def plain(self) -> dict[str, str]:
        return asdict(self)


def faults(wanted: Wanted, said: Answers) -> list[Fault]:
    """Everything that is wrong, the most telling first; empty when the records are right."""
    if not said.is_known:
        return [Fault("no_answer", f"The DNS servers of {wanted.host} did not answer. This usually passes.")]
    return [*_record(wanted, said), *_proof(wanted, said), *_issuers(wanted, said)]


def _record(wanted: Wanted, said: Answers) -> list[Fault]:
    host, target = wanted.host, wanted.target
    goal = wanted.address if wanted.is_root else target
    if wanted.is_root and said.cnames:
        text = (
            f"{host} has a CNAME record, which a root domain cannot have. "
            f"Delete it and add an A record with {wanted.address}."
        )
        return [Fault("cname_at_root", text, said.cnames[0], wanted.address)]
    if target in said.cnames:
        return []
    if not said.cnames and not said.addresses and not said.six:
        text = (
            f"No record for {host} has been found yet. A new one is usually seen within minutes, sometimes after hours."
        )
        return [Fault("nothing", text, "", goal)]
    proxy = proxy_of(said)
    if proxy:
        text = (
            f"{host} answers through the proxy of {proxy}, so that nobody reaches us directly. Switch the proxy off for "
            "this record; at many providers that is called “DNS only”."
        )
        return [Fault("proxied", text, (said.cnames or said.addresses)[0], goal)]
    if said.cnames:
        text = f"{host} points to {said.cnames[0]}, not to {target}."
        return [Fault("wrong_target", text, said.cnames[0], target)]
    found: list[Fault] = []
    listed = ", ".join(said.addresses[:6])
    if len(said.addresses) > 1:
        text = f"{host} has several A records ({listed}). Keep one, with {wanted.address}, and delete the others."
        found.append(Fault("several_a", text, listed, wanted.address))
    elif said.addresses != (wanted.address,) and (said.addresses or not said.six):
        text = f"{host} points to {listed}, not to {goal}."
        found.append(Fault("wrong_target", text, listed, goal))
    if said.six:
        listed = ", ".join(said.six[:6])
        text = f"{host} has an AAAA record ({listed}), to which many visitors would go instead. Delete it."
        found.append(Fault("aaaa", text, listed))
    if not said.addresses:
        text = f"{host} has no {'A' if wanted.is_root else 'CNAME'} record yet."
        found.append(Fault("nothing", text, "", goal))
    return found


def _proof(wanted: Wanted, said: Answers) -> list[Fault]:
    if not wanted.proof or wanted.proof in said.texts:
        return []
    if said.texts:
        text = f"The TXT record at {wanted.proof_at} has another value."
        return [Fault("wrong_proof", text, said.texts[0][:200], wanted.proof)]
    return [Fault("no_proof", f"There is no TXT record at {wanted.proof_at} yet.", "", wanted.proof)]


def _issuers(wanted: Wanted, said: Answers) -> list[Fault]:
    if said.issuers is None or not wanted.issuers or set(wanted.issuers) & set(said.issuers):
        return []
    ours = wanted.issuers[0]
    found = ", ".join(said.issuers[:5])[:200] or "nobody"
    text = (
        f"A CAA record at {said.issuers_at} lets {found} issue certificates, but not {ours}, which issues ours. "
        f'Add the CAA record 0 issue "{ours}", or delete the one that is there.'
    )
    return [Fault("caa", text, found, ours)]


def proxy_of(said: Answers) -> str:
    """The name of the proxy a host answers through, or ""."""
    for name in said.cnames:
        for ending, proxy in PROXY_NAMES.items():
            if name == ending or name.endswith(f".{ending}"):
                return proxy
    for text in said.addresses:
        address = ipaddress.ip_address(text)
        for network, proxy in _NETWORKS:
            if address in network:
                return proxy
    return ""
