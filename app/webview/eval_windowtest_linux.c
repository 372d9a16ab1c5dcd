//go:build windowtest

// Running a test's script in the page. Not part of the product.
#include "eval_windowtest_linux.h"
#include "_cgo_export.h"

typedef struct {
	AlcoveView *view;
	uintptr_t answer;
	char *body;
} Eval;

static void answered(GObject *o, GAsyncResult *r, gpointer data)
{
	Eval *e = data;
	GError *err = NULL;
	JSCValue *v = webkit_web_view_call_async_javascript_function_finish(WEBKIT_WEB_VIEW(o), r, &err);
	char *json = v != NULL ? jsc_value_to_json(v, 0) : NULL;
	alcoveEvaluated(e->answer, json != NULL ? json : "null", err != NULL ? err->message : "");
	g_free(json);
	if (v != NULL)
		g_object_unref(v);
	g_clear_error(&err);
	g_free(e->body);
	g_free(e);
}

static gboolean eval(gpointer data)
{
	Eval *e = data;
	webkit_web_view_call_async_javascript_function(e->view->view, e->body, -1, NULL, NULL, "alcove-windowtest", NULL, answered, e);
	return G_SOURCE_REMOVE;
}

void alcove_view_eval(AlcoveView *v, uintptr_t answer, const char *body)
{
	Eval *e = g_new0(Eval, 1);
	e->view = v;
	e->answer = answer;
	e->body = g_strdup(body);
	g_idle_add(eval, e);
}

typedef struct {
	AlcoveView *view;
	char *source;
} Script;

static gboolean script(gpointer data)
{
	Script *s = data;
	WebKitUserScript *u = webkit_user_script_new_for_world(s->source, WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES,
		WEBKIT_USER_SCRIPT_INJECT_AT_DOCUMENT_START, "alcove-windowtest", NULL, NULL);
	webkit_user_content_manager_add_script(webkit_web_view_get_user_content_manager(s->view->view), u);
	webkit_user_script_unref(u);
	// What a page complains about belongs into the test's log.
	webkit_settings_set_enable_write_console_messages_to_stdout(webkit_web_view_get_settings(s->view->view), TRUE);
	g_free(s->source);
	g_free(s);
	return G_SOURCE_REMOVE;
}

void alcove_view_script(AlcoveView *v, const char *source)
{
	Script *s = g_new0(Script, 1);
	s->view = v;
	s->source = g_strdup(source);
	g_timeout_add_full(G_PRIORITY_HIGH, 0, script, s, NULL);
}
