/* The lines of an external meter:
 *
 * 	[SECONDS] NUMBER UNIT
 *
 * SECONDS is a decimal number of the meter's own clock, of any beginning, at most 1e12; it must not
 * go back.
 * NUMBER is decimal, not below 0. UNIT is one of
 *
 * 	uW mW W kW        power now
 * 	uJ mJ J kJ MJ     energy since the meter was started or reset
 * 	mWh Wh kWh        the same
 *
 * Blanks stand between them (before UNIT they may be left out), or one comma or semicolon with
 * blanks. Empty lines and lines that begin with # say nothing. "12.5 W", "1718000000.25, 12.5W".
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_ENERGY_METER_LINE_H
#define WATTLE_ENERGY_METER_LINE_H

#include <stdbool.h>

typedef struct MeterLine {
	enum MeterLineKind { METER_LINE_EMPTY, METER_LINE_WATTS, METER_LINE_JOULES } kind;
	double value;  /* W or J */
	double time_s; /* NaN: none was given */
} MeterLine;

/* line ends with a NUL, without the newline; a carriage return at its end is passed over. NULL when
 * it was taken, else what is wrong with it. Any bytes may stand in it. */
const char *meter_line_parse(const char *line, MeterLine *out);

#endif
