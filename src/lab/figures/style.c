/* The style of figures. Each colour stands twice: as it is in the light, for programs that know
 * no CSS variables, and as a variable. Blue stands against orange; every colour has a contrast
 * of 3 or more to the paper, and no two series differ by colour alone.
 * SPDX-License-Identifier: MIT */
#include "lab/figures/figure.h"

const char figure_light[] =
	"--paper:#fff;--ink:#1b2530;--dim:#55616e;--rule:#e4e8ed;--axis:#7d8894;"
	"--s0:#0068b0;--s1:#d45500;--s2:#00795d;--s3:#a3469a;--s4:#3d94cf;--s5:#937000;--s6:#"
	"545f6b;"
	"--s7:#b5264b";

const char figure_dark[] =
	"--paper:#12171d;--ink:#e6eaee;--dim:#a3adb8;--rule:#2a323b;--axis:#77828e;"
	"--s0:#57aef0;--s1:#ff9142;--s2:#37c49e;--s3:#d78bd1;--s4:#a5d8ff;--s5:#dcb93c;--s6:#"
	"b0b9c4;"
	"--s7:#f47c98";

const char figure_rules[] =
	".figure{font-family:system-ui,-apple-system,\"Segoe UI\",\"Helvetica "
	"Neue\",Arial,\"DejaVu Sans\",sans-serif;font-size:13px;max-width:100%;height:auto}\n"
	".figure text{fill:#1b2530;fill:var(--ink);stroke:none}\n"
	".figure .paper{fill:#fff;fill:var(--paper)}\n"
	".figure .title{font-size:17px;font-weight:600}\n"
	".figure .head{font-size:13.5px;font-weight:600}\n"
	".figure .name{font-size:13.5px}\n"
	".figure .strong{font-weight:600}\n"
	".figure .value{font-size:13px;font-variant-numeric:tabular-nums}\n"
	".figure .sub,.figure .tick,.figure .badge text{fill:#55616e;fill:var(--dim)}\n"
	".figure .sub{font-size:13px}\n"
	".figure .tick{font-size:12.5px;font-variant-numeric:tabular-nums}\n"
	".figure .badge text{font-size:12px}\n"
	".figure .badge rect{fill:none;stroke:#7d8894;stroke:var(--axis)}\n"
	".figure .grid{stroke:#e4e8ed;stroke:var(--rule)}\n"
	".figure .axis{stroke:#7d8894;stroke:var(--axis)}\n"
	".figure .base{stroke:#7d8894;stroke:var(--axis);stroke-dasharray:2 4}\n"
	".figure .front{fill:none;stroke:#55616e;stroke:var(--dim);stroke-width:1.5;"
	"stroke-dasharray:6 4}\n"
	".figure .s0{color:#0068b0;color:var(--s0)}\n"
	".figure .s1{color:#d45500;color:var(--s1)}\n"
	".figure .s2{color:#00795d;color:var(--s2)}\n"
	".figure .s3{color:#a3469a;color:var(--s3)}\n"
	".figure .s4{color:#3d94cf;color:var(--s4)}\n"
	".figure .s5{color:#937000;color:var(--s5)}\n"
	".figure .s6{color:#545f6b;color:var(--s6)}\n"
	".figure .s7{color:#b5264b;color:var(--s7)}\n"
	".figure .ink{color:#1b2530;color:var(--ink)}\n"
	".figure .quiet{color:#7d8894;color:var(--axis)}\n"
	".figure .bar{fill:currentColor}\n"
	".figure .outline{fill:none;stroke:currentColor;stroke-width:1.5}\n"
	".figure .hatch{fill:none;stroke:currentColor}\n"
	".figure .area{fill:currentColor;fill-opacity:.16}\n"
	".figure .line{fill:none;stroke:currentColor;stroke-width:2;stroke-linejoin:round}\n"
	".figure .thin{fill:none;stroke:currentColor;stroke-width:1.2;stroke-linejoin:round}\n"
	".figure .d1 .line{stroke-dasharray:8 3}\n"
	".figure .d2 .line{stroke-dasharray:3 3}\n"
	".figure .d3 .line{stroke-dasharray:10 3 2 3}\n"
	".figure .d4 .line{stroke-dasharray:14 4}\n"
	".figure .d5 .line{stroke-dasharray:2 2}\n"
	".figure .d6 .line{stroke-dasharray:6 2 2 2 2 2}\n"
	".figure .d7 .line{stroke-dasharray:16 3 4 3}\n"
	".figure .glyph{fill:currentColor;stroke:#fff;stroke:var(--paper)}\n"
	".figure .hollow{fill:#fff;fill:var(--paper);stroke:currentColor;stroke-width:1.8}\n"
	".figure .core{fill:#fff;fill:var(--paper)}\n"
	".figure .dark{fill:currentColor}\n"
	".figure .err{fill:none;stroke:currentColor;stroke-width:1.5}\n";
