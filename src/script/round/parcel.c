/* Packing: a byte a value that tells its kind, then its content; tables between '{' and '}', their
 * keys and values in turn. Handles lie beside the bytes.
 * SPDX-License-Identifier: MIT */
#include "script/round/parcel.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/file.h"

#define PATH_MAX_BYTES 128

enum {
	TAG_NIL = '0',
	TAG_FALSE = 'f',
	TAG_TRUE = 't',
	TAG_INTEGER = 'i',
	TAG_NUMBER = 'd',
	TAG_TEXT = 's',
	TAG_HANDLE = 'h',
	TAG_TABLE = '{', /* then its strict name, "" for none */
	TAG_KEPT = 'x',  /* then a key whose value stayed behind */
	TAG_END = '}',
};

void parcel_clear(Parcel *parcel)
{
	for (size_t i = 0; i < parcel->handles; i++) {
		model_free(parcel->handle[i].model);
		rows_done(&parcel->handle[i].rows);
	}
	free(parcel->handle);
	free(parcel->bytes);
	*parcel = (Parcel){ .bytes = NULL };
}

/* --- packing ---------------------------------------------------------------------------------- */

typedef struct Pack {
	Parcel *parcel;
	lua_State *L;
	const char *what;
	bool to_student;
	int number;                /* of the value on top */
	char path[PATH_MAX_BYTES]; /* ".train[3]" */
} Pack;

noreturn static void refuse(const Pack *pack, const char *why)
{
	script_fail(pack->L, "%s %d%s: %s", pack->what, pack->number, pack->path, why);
}

static void put(const Pack *pack, const void *bytes, size_t len)
{
	Parcel *parcel = pack->parcel;
	size_t need = parcel->len + len;

	if (need > PARCEL_BYTES_MAX)
		refuse(pack, "over 16 MiB do not cross");
	if (need > parcel->room) {
		size_t room = need < 4096 ? 4096 : 2 * need;
		char *more = realloc(parcel->bytes, room);

		if (!more)
			refuse(pack, "no memory is left to copy it");
		parcel->bytes = more;
		parcel->room = room;
	}
	memcpy(parcel->bytes + parcel->len, bytes, len);
	parcel->len = need;
}

static void put_tag(const Pack *pack, char tag)
{
	put(pack, &tag, 1);
}

static void put_text(const Pack *pack, const char *text, size_t len)
{
	put_tag(pack, TAG_TEXT);
	put(pack, &len, sizeof len);
	put(pack, text, len);
	script_charge(pack->L, len);
}

/* Adds the key on top of the stack to the path; the path's former length. */
static size_t enter(Pack *pack, int key)
{
	size_t len = strlen(pack->path);
	lua_State *L = pack->L;

	if (lua_type(L, key) == LUA_TSTRING)
		text_format(pack->path + len, sizeof pack->path - len, ".%.40s",
			    lua_tostring(L, key));
	else if (lua_isinteger(L, key))
		text_format(pack->path + len, sizeof pack->path - len, "[%lld]",
			    (long long)lua_tointeger(L, key));
	return len;
}

static ParcelHandle *new_handle(const Pack *pack)
{
	Parcel *parcel = pack->parcel;
	ParcelHandle *more;

	if (parcel->handles == PARCEL_HANDLES_MAX)
		refuse(pack, "over 256 models and rows do not cross");
	more = realloc(parcel->handle, (parcel->handles + 1) * sizeof *more);
	if (!more)
		refuse(pack, "no memory is left to copy it");
	parcel->handle = more;
	more += parcel->handles++;
	*more = (ParcelHandle){ .model = NULL };
	put_tag(pack, TAG_HANDLE);
	return more;
}

static void pack_model(const Pack *pack, ParcelHandle *handle, const Model *model)
{
	Err err;

	script_charge(pack->L, model->count);
	handle->model = model_dup(model, &err);
	if (!handle->model)
		script_raise(pack->L, &err);
}

static void pack_program(const Pack *pack, int index, const ProgramBox *box)
{
	ParcelHandle *handle = new_handle(pack);

	lua_getiuservalue(pack->L, index, PROGRAM_MODEL);
	const Model *model = handle_object(pack->L, -1, MODEL_HANDLE);

	if (!model)
		refuse(pack, "the model of this program was closed");
	handle->program = true;
	text_format(handle->form, sizeof handle->form, "%s", box->form);
	handle->batch = program_batch(box->program);
	handle->alone = box->alone;
	pack_model(pack, handle, model);
	lua_pop(pack->L, 1);
}

static void pack_handle(const Pack *pack, int index)
{
	lua_State *L = pack->L;
	const Model *model = handle_object(L, index, MODEL_HANDLE);
	const ProgramBox *box = luaL_testudata(L, index, PROGRAM_HANDLE);
	const Rows *rows = handle_object(L, index, ROWS_HANDLE);
	char text[96];
	Err err;

	if (model) {
		pack_model(pack, new_handle(pack), model);
	} else if (box && box->program) {
		pack_program(pack, index, box);
	} else if (rows && rows->test && pack->to_student) {
		refuse(pack, "test rows do not cross to the student's file");
	} else if (rows) {
		if (!rows_dup(&new_handle(pack)->rows, rows, &err))
			script_raise(L, &err);
	} else {
		const char *name = luaL_getmetafield(L, index, "__name") == LUA_TSTRING
					   ? lua_tostring(L, -1)
					   : "handle";

		text_format(text, sizeof text,
			    handle_closed(L, index) ? "the %.40s was closed, and does not cross"
						    : "a handle of kind '%.40s' does not cross",
			    name);
		refuse(pack, text);
	}
}

static void pack_value(Pack *pack, int index, int depth);

/* Whether the value at index is rows that stay behind. */
static bool stays(const Pack *pack, int index)
{
	const Rows *rows = handle_object(pack->L, index, ROWS_HANDLE);

	return rows && rows->test && pack->to_student;
}

static void pack_table(Pack *pack, int index, int depth)
{
	lua_State *L = pack->L;
	const char *name = "";

	if (depth == PARCEL_DEPTH_MAX)
		refuse(pack, "more than 8 tables inside one another, or a table that holds itself");
	luaL_checkstack(L, LUA_MINSTACK, "tables");
	if (lua_getmetatable(L, index)) {
		lua_pop(L, 1);
		name = values_strict_name(L, index);
		if (!name)
			refuse(pack, "a table with a metatable does not cross");
	}
	put_tag(pack, TAG_TABLE);
	put_text(pack, name, strlen(name));
	for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
		int key = lua_gettop(L) - 1, type = lua_type(L, key);
		size_t len = enter(pack, key);
		bool kept = stays(pack, key + 1);

		if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
			refuse(pack, "a key that is neither text nor number does not cross");
		if (kept)
			put_tag(pack, TAG_KEPT);
		pack_value(pack, key, depth + 1);
		if (!kept)
			pack_value(pack, key + 1, depth + 1);
		pack->path[len] = '\0';
	}
	put_tag(pack, TAG_END);
}

static void pack_number(const Pack *pack, int index)
{
	lua_Integer integer = lua_tointeger(pack->L, index);
	lua_Number number = lua_tonumber(pack->L, index);

	if (lua_isinteger(pack->L, index)) {
		put_tag(pack, TAG_INTEGER);
		put(pack, &integer, sizeof integer);
	} else {
		put_tag(pack, TAG_NUMBER);
		put(pack, &number, sizeof number);
	}
}

/* index: absolute. */
static void pack_value(Pack *pack, int index, int depth)
{
	lua_State *L = pack->L;
	char text[96];
	size_t len;

	if (pack->parcel->values++ == PARCEL_VALUES_MAX)
		refuse(pack, "over 100,000 values do not cross");
	script_charge(L, 4);
	switch (lua_type(L, index)) {
	case LUA_TNIL:
		put_tag(pack, TAG_NIL);
		break;
	case LUA_TBOOLEAN:
		put_tag(pack, lua_toboolean(L, index) ? TAG_TRUE : TAG_FALSE);
		break;
	case LUA_TNUMBER:
		pack_number(pack, index);
		break;
	case LUA_TSTRING:
		put_text(pack, lua_tolstring(L, index, &len), lua_rawlen(L, index));
		break;
	case LUA_TTABLE:
		pack_table(pack, index, depth);
		break;
	case LUA_TUSERDATA:
		pack_handle(pack, index);
		break;
	default:
		text_format(text, sizeof text,
			    "a %s does not cross; numbers, texts, booleans, tables, models and "
			    "rows do",
			    luaL_typename(L, index));
		refuse(pack, text);
	}
}

void parcel_pack(Parcel *parcel, lua_State *L, int first, int count, const char *what,
		 bool to_student)
{
	Pack pack = { .parcel = parcel, .L = L, .what = what, .to_student = to_student };

	parcel_clear(parcel);
	luaL_checkstack(L, LUA_MINSTACK, what);
	for (; parcel->count < count; parcel->count++) {
		pack.number = parcel->count + 1;
		pack_value(&pack, first + parcel->count, 0);
	}
}

/* --- unpacking -------------------------------------------------------------------------------- */

typedef struct Unpack {
	Parcel *parcel;
	lua_State *L;
	size_t at, handle;
} Unpack;

static void get(Unpack *unpack, void *out, size_t len)
{
	memcpy(out, unpack->parcel->bytes + unpack->at, len);
	unpack->at += len;
}

static char get_tag(Unpack *unpack)
{
	return unpack->parcel->bytes[unpack->at++];
}

static void push_text(Unpack *unpack)
{
	size_t len;

	get(unpack, &len, sizeof len);
	lua_pushlstring(unpack->L, unpack->parcel->bytes + unpack->at, len);
	unpack->at += len;
}

static void push_handle(Unpack *unpack)
{
	ParcelHandle *handle = &unpack->parcel->handle[unpack->handle++];
	lua_State *L = unpack->L;

	if (!handle->model) {
		data_push_rows(L, &handle->rows);
		return;
	}
	model_push_taken(L, &handle->model);
	if (handle->program) {
		program_lower(L, -1, handle->form, handle->batch, handle->alone);
		lua_replace(L, -2);
	}
}

static void push_value(Unpack *unpack, char tag);

static void push_table(Unpack *unpack)
{
	lua_State *L = unpack->L;

	luaL_checkstack(L, LUA_MINSTACK, "tables");
	get_tag(unpack);
	push_text(unpack); /* the strict name; then the table, and keys whose values stayed */
	lua_newtable(L);
	lua_newtable(L);
	bool kept = false;

	for (char tag = get_tag(unpack); tag != TAG_END; tag = get_tag(unpack)) {
		if (tag == TAG_KEPT) {
			kept = true;
			push_value(unpack, get_tag(unpack));
			lua_pushboolean(L, true);
			lua_rawset(L, -3);
			continue;
		}
		push_value(unpack, tag);
		push_value(unpack, get_tag(unpack));
		lua_rawset(L, -4);
	}
	const char *name = lua_tostring(L, -3);

	if (kept) {
		values_guard(L, name);
	} else {
		lua_pop(L, 1);
		if (*name)
			values_strict(L, name);
	}
	lua_replace(L, -2);
}

static void push_value(Unpack *unpack, char tag)
{
	lua_State *L = unpack->L;
	lua_Integer integer;
	lua_Number number;

	script_charge(L, 4);
	switch (tag) {
	case TAG_INTEGER:
		get(unpack, &integer, sizeof integer);
		lua_pushinteger(L, integer);
		break;
	case TAG_NUMBER:
		get(unpack, &number, sizeof number);
		lua_pushnumber(L, number);
		break;
	case TAG_TEXT:
		push_text(unpack);
		break;
	case TAG_HANDLE:
		push_handle(unpack);
		break;
	case TAG_TABLE:
		push_table(unpack);
		break;
	case TAG_NIL:
		lua_pushnil(L);
		break;
	default:
		lua_pushboolean(L, tag == TAG_TRUE);
	}
}

int parcel_unpack(Parcel *parcel, lua_State *L)
{
	Unpack unpack = { .parcel = parcel, .L = L };

	luaL_checkstack(L, parcel->count + LUA_MINSTACK, "values");
	for (int i = 0; i < parcel->count; i++)
		push_value(&unpack, get_tag(&unpack));
	return parcel->count;
}

/* --- telling ---------------------------------------------------------------------------------- */

static bool hash_model(struct sha256_ctx *context, const ParcelHandle *handle)
{
	uint8_t *bytes;
	size_t len;
	Err err;

	if (!model_save_memory(handle->model, &bytes, &len, &err))
		return false;
	sha256_update(context, len, bytes);
	free(bytes);
	if (!handle->program)
		return true;
	sha256_update(context, sizeof handle->form, (const uint8_t *)handle->form);
	sha256_update(context, sizeof handle->batch, (const uint8_t *)&handle->batch);
	sha256_update(context, sizeof handle->alone, (const uint8_t *)&handle->alone);
	return true;
}

static void hash_rows(struct sha256_ctx *context, const Rows *rows)
{
	const size_t where[] = { (size_t)rows->set, rows->first, rows->count, rows->index != NULL };

	sha256_update(context, sizeof where, (const uint8_t *)where);
	if (rows->index)
		sha256_update(context, rows->count * sizeof *rows->index,
			      (const uint8_t *)rows->index);
}

bool parcel_key(const Parcel *parcel, const char *name, unsigned char key[PARCEL_KEY_BYTES])
{
	struct sha256_ctx context;

	sha256_init(&context);
	sha256_update(&context, strlen(name) + 1, (const uint8_t *)name);
	sha256_update(&context, parcel->len, (const uint8_t *)parcel->bytes);
	for (size_t i = 0; i < parcel->handles; i++) {
		const ParcelHandle *handle = &parcel->handle[i];

		if (!handle->model)
			hash_rows(&context, &handle->rows);
		else if (!hash_model(&context, handle))
			return false;
	}
	sha256_digest(&context, PARCEL_KEY_BYTES, key);
	return true;
}
