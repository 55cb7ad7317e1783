/* Shares with their intervals: an accuracy is right rows of all rows.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_BASE_SHARE_H
#define WATTLE_BASE_SHARE_H

/* The normal quantile of a 95 % interval, two-sided. */
#define SHARE_Z95 1.959963984540054

/* Wilson's interval (Wilson, JASA 22, 1927) of a share: wins (ties may count half) of n tries, at
 * the normal quantile z. NaN when n is 0 or wins NaN. */
void share_wilson(double wins, double n, double z, double *low, double *high);

#endif
