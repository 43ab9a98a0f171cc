#!/usr/bin/env python3
"""Write the LDIF of a sample organisation for slapd, or (--flavor ad) for a Samba domain controller.

The same arguments always give the same file. Besides ordinary people and groups it holds the cases that break provisioning;
the manifest (OUT.json) lists their DNs by name, so that a test can say what it expects:

  disabled       nsAccountLock is TRUE
  no_mail        nobody can be provisioned without a mail address
  duplicate_mail two people with one address, and two whose addresses differ in case only
  unicode        Latin, Cyrillic, Greek, CJK, right-to-left, emoji, and a combining (NFD) spelling
  escaped_dn     RDNs that RFC 4514 wants escaped
  no_given_name  AWS refuses a user without it
  many_mails     several values of mail
  long_name      64 characters each
  nested         a group whose member is another group, three deep
  cycle          two groups that contain each other
  empty          a group without members
  foreign_member a group with members outside the people's base
  services       accounts outside the people's base

For Active Directory groups that are members of groups are in OUT.modify, to be applied after OUT: a member must exist when it is
named. One person has one mail address there, and who is disabled says so in userAccountControl.
"""

import argparse
import base64
import json
import random
import unicodedata

GIVEN = "Ada Alan Amira Anton Bea Carlos Chen Clara Dara Emil Fatima Grace Hugo Ida Jonas Kofi Lena Mateo Nadia Omar Petra Ravi Sofia Tom Uma Vera Yusuf Zoe".split()
FAMILY = "Adler Bauer Costa Dunne Eriksen Fischer Garcia Haddad Ito Jansen Keller Lopez Moreau Nowak Okafor Patel Quinn Rossi Silva Tanaka Ueda Varga Weber Xu Young Zeller".split()
UNICODE = [
    ("Łukasz", "Żółć"),
    ("Алексей", "Иванов"),
    ("Ελένη", "Παππά"),
    ("太郎", "山田"),
    ("محمد", "الأحمد"),
    ("Joy 😀", "O’Connor-D’Arcy"),
    (unicodedata.normalize("NFD", "Amélie"), unicodedata.normalize("NFD", "Lefèvre")),
]
ESCAPED = ["Doe, Jane", "Plus + Sign", 'Quote "Q"', "Back\\Slash", "Less < More >", "Semi; Colon", "#Hash", " Lead", "Trail "]
TITLES = ["Engineer", "Analyst", "Manager", "Director", "Architect", "Technician"]
DEPARTMENTS = ["Engineering", "Finance", "People", "Sales", "Legal", "R&D"]


def rdn(value):
    """Escape an attribute value for a DN (RFC 4514, section 2.4)."""
    out = []
    for at, char in enumerate(value):
        first, last = at == 0, at == len(value) - 1
        out.append("\\" + char if char in ',+"\\<>;=' or (char == "#" and first) or (char == " " and (first or last)) else char)
    return "".join(out)


def line(name, value):
    """One LDIF line; base64 where RFC 2849 does not allow the text as it is."""
    raw = value.encode()
    safe = raw[:1] not in (b" ", b":", b"<") and raw[-1:] != b" " and all(32 <= byte < 127 for byte in raw)
    return f"{name}: {value}\n" if safe else f"{name}:: {base64.b64encode(raw).decode()}\n"


def entry(out, dn, attributes):
    """One LDIF record."""
    out.write(line("dn", dn))
    for name, values in attributes.items():
        for value in [values] if isinstance(values, str) else values or []:
            out.write(line(name, value))
    out.write("\n")


class Directory:
    """People and groups as they are made up, before they are written."""

    def __init__(self, base, domain, seed, person_rdn="uid"):
        self.base, self.domain, self.person_rdn = base, domain, person_rdn
        self.people_ou, self.staff_ou = f"ou=People,{base}", f"ou=Staff,ou=People,{base}"
        self.groups_ou, self.services_ou = f"ou=Groups,{base}", f"ou=Services,{base}"
        self.random = random.Random(seed)
        self.people, self.groups, self.cases = [], {}, {}

    def case(self, name, dn):
        self.cases.setdefault(name, []).append(dn)
        return dn

    def person(self, given, family, ou=None, uid=None, **over):
        number = len(self.people) + 1
        uid = uid or f"u{number:06d}"
        display = f"{given} {family}".strip()
        attributes = {
            "objectClass": ["inetOrgPerson", "towpathAccount"],
            "uid": uid,
            "cn": display,
            "sn": family,
            "givenName": given or None,
            "displayName": display,
            "mail": f"u{number:06d}@{self.domain}",
            "title": self.random.choice(TITLES),
            "departmentNumber": self.random.choice(DEPARTMENTS),
            "employeeNumber": str(100000 + number),
            "telephoneNumber": f"+353 1 {self.random.randrange(10**6, 10**7)}",
            "manager": self.people[self.random.randrange(min(len(self.people), 200))][0] if number % 6 == 0 else None,
        } | over
        dn = f"{self.person_rdn}={rdn(uid)},{ou or self.people_ou}"
        self.people.append((dn, attributes))
        return dn

    def group(self, name, members):
        dn = f"cn={rdn(name)},{self.groups_ou}"
        self.groups[dn] = (name, list(members))
        return dn

    def awkward_people(self):
        for given, family in UNICODE:
            self.case("unicode", self.person(given, family))
        for uid in ESCAPED:
            self.case("escaped_dn", self.person("Esc", "Aped", uid=uid, displayName=uid.strip()))
        self.case("no_given_name", self.person("", "Mononym"))
        self.case("long_name", self.person("G" * 64, "F" * 64))
        self.case("many_mails", self.person("Many", "Mails", mail=[f"many@{self.domain}", f"alias@{self.domain}"]))
        for who in "AB":
            self.case("duplicate_mail", self.person("Shared", f"Mailbox {who}", mail=f"shared@{self.domain}"))
        for mail in (f"twin@{self.domain}", f"Twin@{self.domain}"):
            self.case("duplicate_mail", self.person("Case", "Twin", mail=mail))
        for who in "AB":
            self.case("no_mail", self.person("No", f"Mail {who}", mail=None))
            self.case("disabled", self.person("Left", f"Company {who}", nsAccountLock="TRUE"))

    def awkward_groups(self, regular):
        sample = lambda count: self.random.sample(regular, min(count, len(regular)))
        inner = self.group("nested-3", sample(3))
        middle = self.group("nested-2", sample(3) + [inner])
        self.case("nested", self.group("nested-1", sample(3) + [middle]))
        self.cases["nested"] += [middle, inner]
        a, b = f"cn=cycle-a,{self.groups_ou}", f"cn=cycle-b,{self.groups_ou}"
        self.case("cycle", self.group("cycle-a", sample(2) + [b]))
        self.case("cycle", self.group("cycle-b", sample(2) + [a]))
        self.case("empty", self.group("empty", []))
        self.case("unicode_group", self.group("Größe, Ärger & 日本", sample(3)))
        services = [self.person("svc", f"robot-{n}", ou=self.services_ou, uid=f"svc-{n}") for n in range(2)]
        self.cases["services"] = services
        self.case("foreign_member", self.group("mixed", services + sample(2)))

    def write_ad(self, out, modify):
        for dn in (self.people_ou, self.staff_ou, self.groups_ou, self.services_ou):
            entry(out, dn, {"objectClass": "organizationalUnit"})
        for number, (dn, attributes) in enumerate(self.people, 1):
            mail = attributes["mail"]
            entry(
                out,
                dn,
                {
                    "objectClass": "user",
                    "sAMAccountName": f"u{number:06d}",
                    "userAccountControl": "514" if attributes.get("nsAccountLock") else "512",
                    "department": attributes["departmentNumber"],
                    "mail": mail if isinstance(mail, str) or not mail else mail[0],
                }
                | {name: attributes[name] for name in ("sn", "givenName", "displayName", "title", "employeeNumber", "telephoneNumber", "manager")},
            )
        for number, (dn, (name, members)) in enumerate(self.groups.items(), 1):
            people = [member for member in members if member not in self.groups]
            groups = [member for member in members if member in self.groups]
            entry(out, dn, {"objectClass": "group", "sAMAccountName": f"group-{number}", "description": f"The group {name}", "member": people})
            if groups:
                entry(modify, dn, {"changetype": "modify", "add": "member", "member": groups})

    def write(self, out):
        # slapadd runs no overlays, so memberOf has to be in the file.
        member_of = {}
        for dn, (_, members) in self.groups.items():
            for member in members:
                member_of.setdefault(member, []).append(dn)
        entry(out, self.base, {"objectClass": ["dcObject", "organization"], "dc": self.base.split(",")[0].split("=")[1], "o": "Example"})
        for dn in (self.people_ou, self.staff_ou, self.groups_ou, self.services_ou):
            entry(out, dn, {"objectClass": "organizationalUnit", "ou": dn.split(",")[0].split("=")[1]})
        entry(out, f"cn=sync,{self.base}", {"objectClass": ["organizationalRole", "simpleSecurityObject"], "cn": "sync", "userPassword": "sync-secret"})
        for dn, attributes in self.people:
            entry(out, dn, attributes | {"memberOf": member_of.get(dn)})
        for dn, (name, members) in self.groups.items():
            entry(out, dn, {"objectClass": "groupOfMembers", "cn": name, "description": f"The group {name}", "member": members, "memberOf": member_of.get(dn)})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="the LDIF to write; OUT.json gets the manifest")
    parser.add_argument("--users", type=int, default=60, help="people below ou=People, awkward ones included")
    parser.add_argument("--groups", type=int, default=8, help="ordinary groups, besides the awkward ones and the two scope groups")
    parser.add_argument("--group-size", type=int, default=12, help="average members of an ordinary group")
    parser.add_argument("--flavor", choices=["openldap", "ad"], default="openldap")
    parser.add_argument("--base", help="default dc=example,dc=com; for ad DC=example,DC=test")
    parser.add_argument("--domain", default="example.com", help="of mail addresses")
    parser.add_argument("--plain", action="store_true", help="ordinary people and groups only")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    is_ad = arguments.flavor == "ad"
    arguments.base = arguments.base or ("DC=example,DC=test" if is_ad else "dc=example,dc=com")

    directory = Directory(arguments.base, arguments.domain, arguments.seed, "CN" if is_ad else "uid")
    if not arguments.plain:
        directory.awkward_people()
    while len(directory.people) < arguments.users:
        ou = directory.staff_ou if len(directory.people) % 3 == 0 else directory.people_ou
        directory.person(directory.random.choice(GIVEN), directory.random.choice(FAMILY), ou=ou)
    regular = [dn for dn, _ in directory.people]
    if not arguments.plain:
        directory.awkward_groups(regular)
    for number in range(arguments.groups):
        size = 1 + int(directory.random.expovariate(1 / arguments.group_size))
        directory.group(f"team-{number + 1:04d}", directory.random.sample(regular, min(size, len(regular))))
    teams = [dn for dn in directory.groups]
    users_group = directory.group("cloud-users", regular)
    groups_group = directory.group("cloud-groups", teams)

    with open(arguments.out, "w", encoding="utf-8", newline="\n") as out:
        if is_ad:
            with open(arguments.out + ".modify", "w", encoding="utf-8", newline="\n") as modify:
                directory.write_ad(out, modify)
        else:
            directory.write(out)
    manifest = {
        "base_dn": arguments.base,
        "bind_dn": f"CN=sync,CN=Users,{arguments.base}" if is_ad else f"cn=sync,{arguments.base}",
        "bind_password": "sync-Secret-1" if is_ad else "sync-secret",
        "people_dn": directory.people_ou,
        "groups_dn": directory.groups_ou,
        "users_group_dn": users_group,
        "groups_group_dn": groups_group,
        "users": len(regular),
        "groups": len(directory.groups),
        "memberships": sum(len(members) for _, members in directory.groups.values()),
        "cases": directory.cases,
    }
    with open(arguments.out + ".json", "w", encoding="utf-8") as out:
        json.dump(manifest, out, ensure_ascii=False, indent=1)


main()
