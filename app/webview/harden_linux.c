// The layers that close what WebKitGTK leaves open to an extension's frame:
// the script channel, web features, storage, the network and recent files.
#include "view_linux.h"

#include <string.h>

// Wails registers one script message handler, which WebKitGTK shows to every
// frame. Unregistering takes it out of all of them, the host page included.
void alcove_harden_channel(AlcoveView *v, char **failure)
{
	WebKitUserContentManager *m = webkit_web_view_get_user_content_manager(v->view);
	guint sig = g_signal_lookup("script-message-received", WEBKIT_TYPE_USER_CONTENT_MANAGER);
	if (m == NULL || sig == 0) {
		*failure = g_strdup("the web view's script channel was not found");
		return;
	}
	webkit_user_content_manager_unregister_script_message_handler(m, "external");
	guint n = 0;
	gulong id;
	while ((id = g_signal_handler_find(m, G_SIGNAL_MATCH_ID, sig, 0, NULL, NULL, NULL)) != 0) {
		g_signal_handler_disconnect(m, id);
		n++;
	}
	if (n == 0)
		*failure = g_strdup("the web view's script channel had no receiver to disconnect");
}

// What opens connections or look-ups past the content security policy. An
// engine that does not know one of these cannot be told to stop it: failure,
// unless the version is known to lack it.
typedef struct {
	const char *name;
	guint lacks_below; // minor version of WebKitGTK 2 that first has it, 0 = all
	guint lacks_from;  // minor version of WebKitGTK 2 that dropped it, 0 = none
} Feature;

static const Feature must_be_off[] = {
	{"LinkPreconnect", 0, 0},
	{"LinkDNSPrefetch", 0, 0},
	{"LinkPrefetch", 0, 0},
	{"LinkPreconnectEarlyHints", 0, 0},
	{"WebSocket", 0, 0},
	{"BeaconAPI", 0, 0},
	{"GeolocationAPI", 0, 0},
	{"Notifications", 0, 0},
	{"ServiceWorkers", 0, 0},
	{"Gamepads", 0, 0},
	{"PushAPI", 0, 0},
	{"SpeechSynthesisAPI", 0, 0},
	{"PrivateClickMeasurement", 0, 0},
	{"WebTransport", 0, 0},
};

// Not needed by anything Alcove shows; off where the engine has it.
static const char *const also_off[] = {
	"AccessHandle", "CacheAPI", "Cookie", "CookieStoreAPI", "Databases",
	"DeprecationReporting", "DownloadAttribute", "EnumeratingVisibleNetworkInterfaces",
	"FileSystem", "FileSystemWritableStream", "FullScreen", "IndexedDBAPI",
	"LocalStorage", "MediaDevices", "NeedsSiteSpecificQuirks", "NotificationEvent",
	"PDFJSViewer", "PointerLock", "SafeBrowsing", "ScreenCapture", "ScreenWakeLockAPI",
	"SharedWorker", "StorageAPI", "UsesBackForwardCache", "WebGPU", "WebShare",
	"WirelessPlaybackTargetAPI",
};

static gboolean lacking(const Feature *f)
{
	guint minor = webkit_get_minor_version();
	return webkit_get_major_version() == 2 &&
	       ((f->lacks_below != 0 && minor < f->lacks_below) || (f->lacks_from != 0 && minor >= f->lacks_from));
}

void alcove_harden_features(AlcoveView *v, char **failure)
{
	WebKitSettings *s = webkit_web_view_get_settings(v->view);
	webkit_settings_set_enable_webrtc(s, FALSE);
	webkit_settings_set_enable_media_stream(s, FALSE);
	webkit_settings_set_enable_developer_extras(s, FALSE);
	webkit_settings_set_enable_html5_local_storage(s, FALSE);
	webkit_settings_set_enable_html5_database(s, FALSE);
	webkit_settings_set_enable_page_cache(s, FALSE);
	webkit_settings_set_enable_fullscreen(s, FALSE);
	webkit_settings_set_enable_site_specific_quirks(s, FALSE);
	webkit_settings_set_enable_encrypted_media(s, FALSE);
	webkit_settings_set_enable_back_forward_navigation_gestures(s, FALSE);
	webkit_settings_set_javascript_can_open_windows_automatically(s, FALSE);
	webkit_settings_set_allow_modal_dialogs(s, FALSE);
	webkit_settings_set_enable_write_console_messages_to_stdout(s, FALSE);
	G_GNUC_BEGIN_IGNORE_DEPRECATIONS
	webkit_settings_set_enable_dns_prefetching(s, FALSE);
	G_GNUC_END_IGNORE_DEPRECATIONS

	gboolean known[G_N_ELEMENTS(must_be_off)] = {FALSE};
	WebKitFeatureList *list = webkit_settings_get_all_features();
	for (gsize i = 0; i < webkit_feature_list_get_length(list); i++) {
		WebKitFeature *f = webkit_feature_list_get(list, i);
		const char *name = webkit_feature_get_identifier(f);
		for (gsize k = 0; k < G_N_ELEMENTS(must_be_off); k++) {
			if (strcmp(name, must_be_off[k].name) != 0)
				continue;
			webkit_settings_set_feature_enabled(s, f, FALSE);
			known[k] = !webkit_settings_get_feature_enabled(s, f);
		}
		for (gsize k = 0; k < G_N_ELEMENTS(also_off); k++)
			if (strcmp(name, also_off[k]) == 0)
				webkit_settings_set_feature_enabled(s, f, FALSE);
	}
	webkit_feature_list_unref(list);
	const char *missing = v->skip & ALCOVE_ASK_UNKNOWN ? "NoSuchFeature" : NULL;
	for (gsize k = 0; k < G_N_ELEMENTS(must_be_off) && missing == NULL; k++)
		if (!known[k] && !lacking(&must_be_off[k]))
			missing = must_be_off[k].name;
	if (missing != NULL)
		*failure = g_strdup_printf("WebKitGTK %u.%u.%u does not know how to switch off %s",
			webkit_get_major_version(), webkit_get_minor_version(), webkit_get_micro_version(), missing);
}

// Nothing of a page goes to a disk cache, a cookie jar or a dictionary.
void alcove_harden_storage(AlcoveView *v)
{
	WebKitWebContext *c = webkit_web_view_get_context(v->view);
	webkit_web_context_set_cache_model(c, WEBKIT_CACHE_MODEL_DOCUMENT_VIEWER);
	webkit_web_context_set_spell_checking_enabled(c, FALSE);
	WebKitWebsiteDataManager *d = webkit_web_view_get_website_data_manager(v->view);
	webkit_website_data_manager_set_persistent_credential_storage_enabled(d, FALSE);
	webkit_cookie_manager_set_accept_policy(webkit_website_data_manager_get_cookie_manager(d), WEBKIT_COOKIE_POLICY_ACCEPT_NEVER);
}

// Without a language in the environment WebKitGTK tells pages "C", which is no
// language tag, and every page that formats a date with it fails.
void alcove_name_language(AlcoveView *v)
{
	const char *first = g_get_language_names()[0];
	if (strcmp(first, "C") != 0 && !g_str_has_prefix(first, "C.") && !g_str_has_prefix(first, "POSIX"))
		return;
	const char *languages[] = {"en-GB", NULL};
	webkit_web_context_set_preferred_languages(webkit_web_view_get_context(v->view), languages);
}

// Port 9 of this machine answers nobody; all networking is Go's.
void alcove_harden_proxy(AlcoveView *v)
{
	WebKitNetworkProxySettings *p = webkit_network_proxy_settings_new("http://127.0.0.1:9", NULL);
	webkit_website_data_manager_set_network_proxy_settings(
		webkit_web_view_get_website_data_manager(v->view), WEBKIT_NETWORK_PROXY_MODE_CUSTOM, p);
	webkit_network_proxy_settings_free(p);
}

static void forget(GtkRecentManager *m) { (void)m; }

// GTK's file dialogs add what was picked to the desktop's list of recent
// files. The setting that turns this off empties the person's whole list, so
// the one function that writes the file is replaced instead.
void alcove_harden_recent_files(void)
{
	GtkRecentManagerClass *k = g_type_class_ref(GTK_TYPE_RECENT_MANAGER);
	k->changed = forget; // the reference is kept: the class must not be unloaded
}
