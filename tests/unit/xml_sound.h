/* Whether a text is well-formed as far as our own pages go: elements closed in their order,
 * attributes in quotes, entities of five kinds, no control characters, nothing that runs or
 * fetches.
 * SPDX-License-Identifier: MIT */
#ifndef WATTLE_TESTS_XML_SOUND_H
#define WATTLE_TESTS_XML_SOUND_H

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define XML_DEPTH_MAX 64

typedef struct XmlScan {
	const char *at;
	const char *open[XML_DEPTH_MAX]; /* names of the elements that are open */
	size_t len[XML_DEPTH_MAX], depth;
	const char *fault;
} XmlScan;

static inline bool xml_entity(const char *at)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strncmp(at, known[i], strlen(known[i])) == 0)
			return true;
	return false;
}

/* Over text or the inside of an attribute, up to one of ends. */
static inline void xml_chars(XmlScan *scan, const char *ends)
{
	for (; *scan->at && !strchr(ends, *scan->at); scan->at++) {
		unsigned char c = (unsigned char)*scan->at;

		if (c < 32 && c != '\n' && c != '\t')
			scan->fault = "a control character";
		if (c == '&' && !xml_entity(scan->at))
			scan->fault = "an unknown entity";
	}
}

static inline bool xml_refused(const char *name, size_t len)
{
	static const char *const refused[] = { "script", "iframe", "object", "embed", "link", "img",
					       "image",	 "form",   "foreignObject", "base" };

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (strlen(refused[i]) == len && strncmp(refused[i], name, len) == 0)
			return true;
	return false;
}

static inline void xml_attribute(XmlScan *scan)
{
	const char *name = scan->at;

	while (isalnum((unsigned char)*scan->at) || strchr("-:", *scan->at))
		if (!*scan->at++)
			break;
	size_t len = (size_t)(scan->at - name);

	if (!len || *scan->at != '=' || scan->at[1] != '"') {
		scan->fault = "an attribute";
		return;
	}
	scan->at += 2;
	if (strncmp(name, "on", 2) == 0)
		scan->fault = "an attribute that runs";
	if ((len == 4 && strncmp(name, "href", 4) == 0 && *scan->at != '#') ||
	    (len == 3 && strncmp(name, "src", 3) == 0))
		scan->fault = "an attribute that fetches";
	xml_chars(scan, "\"<>");
	if (*scan->at != '"')
		scan->fault = "an attribute without an end";
	else
		scan->at++;
}

static inline void xml_close(XmlScan *scan)
{
	const char *name = scan->at + 2;
	size_t len = strcspn(name, ">");

	if (!scan->depth || scan->len[scan->depth - 1] != len ||
	    strncmp(scan->open[scan->depth - 1], name, len) != 0)
		scan->fault = "an end of what was not open";
	else
		scan->depth--;
	scan->at = name + len + (name[len] == '>');
}

static inline void xml_element(XmlScan *scan)
{
	const char *name = ++scan->at;
	size_t len = strcspn(name, " \t\n/>");

	if (xml_refused(name, len))
		scan->fault = "an element that a report must not have";
	scan->at += len;
	while (!scan->fault && *scan->at && !strchr("/>", *scan->at)) {
		if (isspace((unsigned char)*scan->at))
			scan->at++;
		else
			xml_attribute(scan);
	}
	if (scan->fault)
		return;
	if (scan->at[0] == '/' && scan->at[1] == '>') {
		scan->at += 2;
		return;
	}
	if (*scan->at != '>' || scan->depth == XML_DEPTH_MAX) {
		scan->fault = "an element without an end";
		return;
	}
	scan->at++;
	scan->open[scan->depth] = name;
	scan->len[scan->depth++] = len;
}

/* NULL, or what is wrong; *where is then near it. */
static inline const char *xml_sound(const char *text, const char **where)
{
	XmlScan scan = { .at = text };

	while (*scan.at && !scan.fault) {
		*where = scan.at;
		if (strncmp(scan.at, "<?xml ", 6) == 0 || strncmp(scan.at, "<!DOCTYPE ", 10) == 0)
			scan.at += strcspn(scan.at, ">") + 1;
		else if (scan.at[0] == '<' && scan.at[1] == '/')
			xml_close(&scan);
		else if (*scan.at == '<')
			xml_element(&scan);
		else
			xml_chars(&scan, "<");
	}
	return scan.fault ? scan.fault : scan.depth ? "an element that is not closed" : NULL;
}

#endif
