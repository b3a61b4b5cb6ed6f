"""Fail where a test was skipped: CI has every service, so a skip hides a fault."""

import sys
import xml.etree.ElementTree as ET

cases = list(ET.parse(sys.argv[1]).iter("testcase"))
skipped = [
    f"{case.get('classname')}.{case.get('name')}: {mark.get('message')}"
    for case in cases
    for mark in case.iter("skipped")
]
print(*skipped, sep="\n")
sys.exit(f"{len(skipped)} of {len(cases)} tests were skipped" if skipped or not cases else 0)
