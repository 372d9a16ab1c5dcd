// Finding the web view that Wails made, and the order in which it is hardened.
#include "view_linux.h"
#include "_cgo_export.h"

#include <string.h>

// The window exists before the main loop runs; this is only a bound.
enum { TRIES = 500, EVERY_MS = 10 };

static GtkWidget *find_view(GtkWidget *w)
{
	if (WEBKIT_IS_WEB_VIEW(w))
		return w;
	if (!GTK_IS_CONTAINER(w))
		return NULL;
	GtkWidget *found = NULL;
	GList *children = gtk_container_get_children(GTK_CONTAINER(w));
	for (GList *l = children; l != NULL && found == NULL; l = l->next)
		found = find_view(GTK_WIDGET(l->data));
	g_list_free(children);
	return found;
}

static void find(AlcoveView *v)
{
	GList *tops = gtk_window_list_toplevels();
	for (GList *l = tops; l != NULL && v->view == NULL; l = l->next) {
		GtkWidget *w = find_view(GTK_WIDGET(l->data));
		if (w != NULL) {
			v->view = WEBKIT_WEB_VIEW(w);
			v->window = GTK_WINDOW(l->data);
		}
	}
	g_list_free(tops);
}

static gboolean harden(gpointer data)
{
	AlcoveView *v = data;
	find(v);
	if (v->view == NULL) {
		if (++v->tries < TRIES) {
			g_timeout_add_full(G_PRIORITY_HIGH, EVERY_MS, harden, v, NULL);
			return G_SOURCE_REMOVE;
		}
		alcoveHardened(v->handle, "the web view was not found in the window");
		return G_SOURCE_REMOVE;
	}
	char *failure = NULL;
	alcove_harden_requests(&failure);
	alcove_harden_recent_files();
	alcove_harden_storage(v);
	alcove_name_language(v);
	if (!(v->skip & ALCOVE_SKIP_PROXY))
		alcove_harden_proxy(v);
	if (!(v->skip & ALCOVE_SKIP_POLICY)) {
		alcove_harden_policy(v);
		if (failure == NULL)
			alcove_harden_copying(v, &failure);
	}
	if (failure == NULL && !(v->skip & ALCOVE_SKIP_CHANNEL))
		alcove_harden_channel(v, &failure);
	if (failure == NULL && !(v->skip & ALCOVE_SKIP_FEATURES))
		alcove_harden_features(v, &failure);
	alcove_listen(v);
	alcove_listen_blocked(v);
	alcoveHardened(v->handle, failure != NULL ? failure : "");
	g_free(failure);
	return G_SOURCE_REMOVE;
}

AlcoveView *alcove_view_new(uintptr_t handle, const char *start, const char *frames, unsigned skip)
{
	AlcoveView *v = g_new0(AlcoveView, 1);
	v->handle = handle;
	v->start = g_strdup(start);
	v->frames = g_strdup(frames);
	v->skip = skip;
	return v;
}

// Runs before everything else that the main loop has to do, so before the
// first byte of the host page is asked for.
void alcove_view_harden(AlcoveView *v)
{
	g_timeout_add_full(G_PRIORITY_HIGH, 0, harden, v, NULL);
}

static gboolean terminate(gpointer data)
{
	AlcoveView *v = data;
	if (v->view != NULL)
		webkit_web_view_terminate_web_process(v->view);
	return G_SOURCE_REMOVE;
}

void alcove_view_terminate(AlcoveView *v)
{
	g_timeout_add_full(G_PRIORITY_HIGH, 0, terminate, v, NULL);
}

static gboolean load(gpointer data)
{
	AlcoveView *v = data;
	if (v->view != NULL)
		webkit_web_view_load_uri(v->view, v->start);
	return G_SOURCE_REMOVE;
}

void alcove_view_load(AlcoveView *v)
{
	g_timeout_add_full(G_PRIORITY_HIGH, 0, load, v, NULL);
}

static gboolean present(gpointer data)
{
	AlcoveView *v = data;
	if (v->window != NULL)
		gtk_window_present(v->window);
	if (v->view != NULL)
		gtk_widget_grab_focus(GTK_WIDGET(v->view));
	return G_SOURCE_REMOVE;
}

void alcove_view_present(AlcoveView *v)
{
	g_timeout_add_full(G_PRIORITY_HIGH, 0, present, v, NULL);
}
