/* The supervisor: keeps the terminal's state and gives it back whatever the UI process dies of,
 * SIGKILL too.
 *
 * The UI process has a process group of its own, which is the terminal's foreground group while it
 * runs, so that what the terminal sends (Ctrl-C before raw mode, a hang-up) reaches it directly,
 * and what somebody sends to the shell's job reaches it once: SIGTERM, SIGHUP, SIGINT, SIGQUIT and
 * SIGTSTP are passed on. When it stops, the terminal is restored and the job stops; fg continues
 * it.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_SUPERVISOR_H
#define WATTLE_APP_SUPERVISOR_H

/* Runs ui(user) in a child and returns its exit status; 5 when no child could be started. Died
 * the child of a signal, then this process dies of the same one. The child gets SIGTERM when the
 * supervisor dies. Call it with one thread and nothing started. */
int supervise(int (*ui)(void *user), void *user);

#endif
