// Command dragsource shows a small window from which one file can be dragged,
// so that the window tests can drop a file the way a file manager does.
package main

/*
#cgo pkg-config: gtk+-3.0
#include <gtk/gtk.h>
#include <stdlib.h>

static void on_get(GtkWidget *w, GdkDragContext *c, GtkSelectionData *s, guint info, guint time, gpointer path)
{
	(void)w, (void)c, (void)info, (void)time;
	char *uris[] = {g_filename_to_uri(path, NULL, NULL), NULL};
	gtk_selection_data_set_uris(s, uris);
	g_free(uris[0]);
}

static void on_end(GtkWidget *w, GdkDragContext *c, gpointer data)
{
	(void)w, (void)c, (void)data;
	gtk_main_quit();
}

static int show(char *path)
{
	if (!gtk_init_check(NULL, NULL))
		return 1;
	GtkWidget *w = gtk_window_new(GTK_WINDOW_POPUP);
	gtk_window_move(GTK_WINDOW(w), 0, 0);
	gtk_window_resize(GTK_WINDOW(w), 48, 48);
	gtk_widget_add_events(w, GDK_BUTTON_PRESS_MASK | GDK_BUTTON_RELEASE_MASK | GDK_POINTER_MOTION_MASK);
	gtk_drag_source_set(w, GDK_BUTTON1_MASK, NULL, 0, GDK_ACTION_COPY);
	gtk_drag_source_add_uri_targets(w);
	g_signal_connect(w, "drag-data-get", G_CALLBACK(on_get), path);
	g_signal_connect(w, "drag-end", G_CALLBACK(on_end), NULL);
	gtk_widget_show_all(w);
	g_print("ready\n");
	gtk_main();
	return 0;
}
*/
import "C"

import "os"

func main() {
	if len(os.Args) != 2 {
		os.Exit(2)
	}
	os.Exit(int(C.show(C.CString(os.Args[1]))))
}
