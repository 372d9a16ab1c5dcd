// WebKitGTK sends no report of what a policy blocked to an app's own scheme. So
// a script in a world of its own, which no page can reach, hears of it in every
// frame before the page's scripts do, and says so to the address that the policy
// names for reports. No frame's request has a body here: it is in the query.
#include "view_linux.h"

static const char listen[] =
	"if (self !== top) addEventListener('securitypolicyviolation', (event) => {"
	"  const own = /^[^/]+:\\/\\/[^/]+\\/_ext\\/[\\w-]{43}\\//.exec(document.baseURI);"
	"  if (!own || !/^(https?|wss?):/.test(event.blockedURI) || !URL.canParse(event.blockedURI)) return;"
	"  const words = new URLSearchParams({"
	"    directive: event.effectiveDirective, blocked: new URL(event.blockedURI).origin,"
	"  });"
	"  fetch(`${own[0]}_report?${words}`, { method: 'POST' }).catch(() => {});"
	"}, true);";

void alcove_listen_blocked(AlcoveView *v)
{
	WebKitUserScript *script = webkit_user_script_new_for_world(listen, WEBKIT_USER_CONTENT_INJECT_ALL_FRAMES,
		WEBKIT_USER_SCRIPT_INJECT_AT_DOCUMENT_START, "alcove", NULL, NULL);
	webkit_user_content_manager_add_script(webkit_web_view_get_user_content_manager(v->view), script);
	webkit_user_script_unref(script);
}
