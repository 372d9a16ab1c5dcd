// How Wails gets the requests of the pages. WebKitGTK may be used from the
// toolkit's thread only, and Wails answers requests from threads of Go's. So
// what Wails asks of a request is read before it gets the request, its answers
// are handed over, and whoever drops a request last, it ends on that thread.
//
// Wails' calls come here because the program's own functions come before a
// library's; alcove_harden_requests tells if they did not.
#define _GNU_SOURCE
#include "view_linux.h"

#include <dlfcn.h>
#include <string.h>

typedef void (*Register)(WebKitWebContext *, const char *, WebKitURISchemeRequestCallback, gpointer, GDestroyNotify);
typedef GInputStream *(*Body)(WebKitURISchemeRequest *);
typedef void (*Finish)(WebKitURISchemeRequest *, WebKitURISchemeResponse *);
typedef void (*FinishError)(WebKitURISchemeRequest *, GError *);

// Of Wails: what takes its requests. NULL until it registered.
static WebKitURISchemeRequestCallback take;
static gpointer take_data;

// Only what begins like this may have a body; owned, NULL = nothing may.
static char *bodies;

static const char body_key[] = "alcove-body";

// The library's own function of this name.
static void *next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);
	if (f == NULL)
		g_error("WebKitGTK has no %s", name);
	return f;
}

static void later(GSourceFunc f, gpointer data)
{
	g_idle_add_full(G_PRIORITY_DEFAULT, f, data, NULL);
}

// The body of a request, read to its end: its stream shares a count of users
// with the request that is not safe between threads. An app has nothing to
// send, and one made of a Blob or a File ends WebKitGTK with a memory fault
// while it makes the stream.
static GBytes *read_body(WebKitURISchemeRequest *r)
{
	if (bodies == NULL || !g_str_has_prefix(webkit_uri_scheme_request_get_uri(r), bodies))
		return NULL;
	Body real = (Body)next("webkit_uri_scheme_request_get_http_body");
	GInputStream *in = real(r);
	if (in == NULL)
		return NULL;
	GOutputStream *out = g_memory_output_stream_new_resizable();
	gssize n = g_output_stream_splice(out, in,
		G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, NULL);
	GBytes *all = n < 0 ? NULL : g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(out));
	g_object_unref(out);
	g_object_unref(in);
	return all;
}

static void dropped(gpointer data, GObject *o, gboolean last);

static gboolean let_go(gpointer data)
{
	g_object_remove_toggle_ref(data, dropped, NULL);
	return G_SOURCE_REMOVE;
}

// Runs on the thread of whoever dropped the last reference but this file's;
// nobody is left who could take another.
static void dropped(gpointer data, GObject *o, gboolean last)
{
	(void)data;
	if (last)
		later(let_go, o);
}

static void on_request(WebKitURISchemeRequest *r, gpointer data)
{
	(void)data;
	g_object_add_toggle_ref(G_OBJECT(r), dropped, NULL);
	// These three are kept in the request once they were asked for.
	webkit_uri_scheme_request_get_uri(r);
	webkit_uri_scheme_request_get_http_method(r);
	webkit_uri_scheme_request_get_http_headers(r);
	GBytes *body = read_body(r);
	if (body != NULL)
		g_object_set_data_full(G_OBJECT(r), body_key, body, (GDestroyNotify)g_bytes_unref);
	take(r, take_data);
}

__attribute__((noinline)) void webkit_web_context_register_uri_scheme(WebKitWebContext *c, const char *scheme, WebKitURISchemeRequestCallback f, gpointer data, GDestroyNotify destroy)
{
	take = f;
	take_data = data;
	((Register)next("webkit_web_context_register_uri_scheme"))(c, scheme, on_request, NULL, destroy);
}

__attribute__((noinline)) GInputStream *webkit_uri_scheme_request_get_http_body(WebKitURISchemeRequest *r)
{
	GBytes *body = g_object_get_data(G_OBJECT(r), body_key);
	return body != NULL ? g_memory_input_stream_new_from_bytes(body) : NULL;
}

typedef struct {
	WebKitURISchemeRequest *request;
	WebKitURISchemeResponse *response; // NULL: error is the answer
	GError *error;
} Answer;

static gboolean answer(gpointer data)
{
	Answer *a = data;
	if (a->response != NULL) {
		((Finish)next("webkit_uri_scheme_request_finish_with_response"))(a->request, a->response);
		g_object_unref(a->response);
	} else {
		((FinishError)next("webkit_uri_scheme_request_finish_error"))(a->request, a->error);
		g_error_free(a->error);
	}
	g_object_unref(a->request);
	g_free(a);
	return G_SOURCE_REMOVE;
}

__attribute__((noinline)) void webkit_uri_scheme_request_finish_with_response(WebKitURISchemeRequest *r, WebKitURISchemeResponse *response)
{
	Answer *a = g_new0(Answer, 1);
	a->request = g_object_ref(r);
	a->response = g_object_ref(response);
	later(answer, a);
}

__attribute__((noinline)) void webkit_uri_scheme_request_finish_error(WebKitURISchemeRequest *r, GError *error)
{
	Answer *a = g_new0(Answer, 1);
	a->request = g_object_ref(r);
	a->error = g_error_copy(error);
	later(answer, a);
}

void alcove_requests_take_bodies(const char *prefix)
{
	g_free(bodies);
	bodies = g_strdup(prefix);
}

void alcove_harden_requests(char **failure)
{
	if (take == NULL)
		*failure = g_strdup("the requests of the pages could not be put on the toolkit's thread");
}
