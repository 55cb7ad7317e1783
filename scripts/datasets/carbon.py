#!/usr/bin/env python3
"""Makes datasets/carbon/electricity.csv from Our World in Data's download (CC BY 4.0).

    carbon.py carbon-intensity-electricity.csv > datasets/carbon/electricity.csv

The download has the columns Entity, Code, Year and the intensity. Of each country the newest year is taken.
Change NOTICE with it.
SPDX-License-Identifier: MIT
"""
import csv
import sys

CODES = {"OWID_WRL": "WLD", "OWID_EU27": "EUU", "OWID_KOS": "XKX"}


def main():
    newest = {}
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        for name, code, year, value in (row[:4] for row in rows):
            code = CODES.get(code, code)
            if len(code) != 3 or not value or "," in name:
                continue
            if code not in newest or int(year) > newest[code][0]:
                newest[code] = int(year), name, float(value)
    print("# Carbon intensity of electricity, life cycle, grams of CO2-equivalents for each kWh generated.")
    print("# The year of each figure stands in its row. CC BY 4.0: see NOTICE beside this file.")
    print('# owid: Our World in Data, "Carbon intensity of electricity generation" (Ember).')
    print("# 0 is how the source writes a figure that it lacks.")
    print("code,region,g_per_kwh,year,source")
    for code, (year, name, value) in sorted(newest.items(), key=lambda item: item[1][1]):
        print(f"{code},{name},{value:g},{year},owid")


main()
