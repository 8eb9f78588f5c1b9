// Comfort on top of complete pages. Each module looks after one thing and binds to data attributes.
import "./theme.js";
import "./toasts.js";
import "./requests.js";
import "./popovers.js";
import "./dialogs.js";
import "./palette.js";
import "./lists.js";
import "./charts.js";
import "./forms.js";
import "./rows.js";
import "./keys.js";
