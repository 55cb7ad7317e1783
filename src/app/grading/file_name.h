/* A student's name as a name of a file.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_APP_GRADING_FILE_NAME_H
#define WATTLE_APP_GRADING_FILE_NAME_H

#define GRADE_FILE_NAME_MAX 161 /* with its end: room is left for what stands about it */

/* What is neither a letter, a digit nor one of @ _ - or a dot inside is written %XX. A name that
 * gets too long so is cut, and ends with ~ and a hash of the whole name. */
void grade_file_name(char out[GRADE_FILE_NAME_MAX], const char *student);

#endif
