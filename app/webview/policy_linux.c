// What the web view may load, and the requests of a page that are refused.
#include "view_linux.h"
#include "_cgo_export.h"

#include <string.h>

static gboolean is_blank(const char *uri)
{
	return strcmp(uri, "about:blank") == 0 || strcmp(uri, "about:srcdoc") == 0;
}

static gboolean refuse(AlcoveView *v, WebKitPolicyDecision *d, const char *what)
{
	webkit_policy_decision_ignore(d);
	alcoveRefused(v->handle, (char *)what);
	return TRUE;
}

static gboolean on_navigation(AlcoveView *v, WebKitPolicyDecision *d)
{
	WebKitNavigationAction *a = webkit_navigation_policy_decision_get_navigation_action(WEBKIT_NAVIGATION_POLICY_DECISION(d));
	const char *uri = webkit_uri_request_get_uri(webkit_navigation_action_get_request(a));
	if (uri == NULL || !(strcmp(uri, v->start) == 0 || g_str_has_prefix(uri, v->frames) || is_blank(uri)))
		return refuse(v, d, "navigation");
	webkit_policy_decision_use(d);
	return TRUE;
}

// Only here does WebKitGTK say which frame a document is for: the host page
// belongs to the top frame and nothing else does.
static gboolean on_response(AlcoveView *v, WebKitPolicyDecision *d)
{
	WebKitResponsePolicyDecision *r = WEBKIT_RESPONSE_POLICY_DECISION(d);
	const char *uri = webkit_uri_request_get_uri(webkit_response_policy_decision_get_request(r));
	gboolean top = webkit_response_policy_decision_is_main_frame_main_resource(r);
	if (uri == NULL || !webkit_response_policy_decision_is_mime_type_supported(r))
		return refuse(v, d, "download");
	if (top && strcmp(uri, v->start) != 0)
		return refuse(v, d, "another page in the top frame");
	if (!top && !(g_str_has_prefix(uri, v->frames) || is_blank(uri)))
		return refuse(v, d, "a page that is no extension's in a frame");
	webkit_policy_decision_use(d);
	return TRUE;
}

static gboolean on_decide_policy(WebKitWebView *w, WebKitPolicyDecision *d, WebKitPolicyDecisionType t, gpointer data)
{
	(void)w;
	switch (t) {
	case WEBKIT_POLICY_DECISION_TYPE_NAVIGATION_ACTION:
		return on_navigation(data, d);
	case WEBKIT_POLICY_DECISION_TYPE_RESPONSE:
		return on_response(data, d);
	default:
		return refuse(data, d, "new window");
	}
}

// A blank page asks for no decision that names its frame. On top there is only
// the host page, so whatever else arrived there is replaced at once.
static void on_load_changed(WebKitWebView *w, WebKitLoadEvent e, gpointer data)
{
	AlcoveView *v = data;
	const char *uri = webkit_web_view_get_uri(w);
	if (e != WEBKIT_LOAD_COMMITTED || (uri != NULL && strcmp(uri, v->start) == 0))
		return;
	alcoveRefused(v->handle, "another page in the top frame");
	webkit_web_view_load_uri(w, v->start);
}

static gboolean on_permission(WebKitWebView *w, WebKitPermissionRequest *r, gpointer data)
{
	(void)w;
	webkit_permission_request_deny(r);
	alcoveRefused(((AlcoveView *)data)->handle, "web permission");
	return TRUE;
}

static gboolean on_permission_state(WebKitWebView *w, WebKitPermissionStateQuery *q, gpointer data)
{
	(void)w, (void)data;
	webkit_permission_state_query_finish(q, WEBKIT_PERMISSION_STATE_DENIED);
	return TRUE;
}

static GtkWidget *on_create(WebKitWebView *w, WebKitNavigationAction *a, gpointer data)
{
	(void)w, (void)a;
	alcoveRefused(((AlcoveView *)data)->handle, "new window");
	return NULL;
}

static void on_download(WebKitWebContext *c, WebKitDownload *d, gpointer data)
{
	(void)c;
	webkit_download_cancel(d);
	alcoveRefused(((AlcoveView *)data)->handle, "download");
}

// Files reach an extension through Alcove's own calls only.
static gboolean on_file_chooser(WebKitWebView *w, WebKitFileChooserRequest *r, gpointer data)
{
	(void)w;
	webkit_file_chooser_request_cancel(r);
	alcoveRefused(((AlcoveView *)data)->handle, "file chooser");
	return TRUE;
}

static gboolean on_script_dialog(WebKitWebView *w, WebKitScriptDialog *d, gpointer data)
{
	(void)w, (void)data;
	if (webkit_script_dialog_get_dialog_type(d) == WEBKIT_SCRIPT_DIALOG_BEFORE_UNLOAD_CONFIRM)
		webkit_script_dialog_confirm_set_confirmed(d, TRUE);
	return TRUE;
}

static gboolean yes(void) { return TRUE; }

static gboolean on_authenticate(WebKitWebView *w, WebKitAuthenticationRequest *r, gpointer data)
{
	(void)w, (void)data;
	webkit_authentication_request_cancel(r);
	return TRUE;
}

void alcove_harden_policy(AlcoveView *v)
{
	g_signal_connect(v->view, "decide-policy", G_CALLBACK(on_decide_policy), v);
	g_signal_connect(v->view, "load-changed", G_CALLBACK(on_load_changed), v);
	g_signal_connect(v->view, "permission-request", G_CALLBACK(on_permission), v);
	g_signal_connect(v->view, "query-permission-state", G_CALLBACK(on_permission_state), v);
	g_signal_connect(v->view, "create", G_CALLBACK(on_create), v);
	g_signal_connect(v->view, "run-file-chooser", G_CALLBACK(on_file_chooser), v);
	g_signal_connect(v->view, "script-dialog", G_CALLBACK(on_script_dialog), v);
	g_signal_connect(v->view, "authenticate", G_CALLBACK(on_authenticate), v);
	// A page may not print (spools are plaintext), show notifications, cover
	// the screen, or offer a menu with "save as".
	g_signal_connect(v->view, "print", G_CALLBACK(yes), NULL);
	g_signal_connect(v->view, "show-notification", G_CALLBACK(yes), NULL);
	g_signal_connect(v->view, "enter-fullscreen", G_CALLBACK(yes), NULL);
	g_signal_connect(v->view, "context-menu", G_CALLBACK(yes), NULL);
	g_signal_connect(webkit_web_view_get_context(v->view), "download-started", G_CALLBACK(on_download), v);
}
