/**
 * Whether a redirect is followed, and whether the device's credentials go along.
 * Pure. The rule is our own because an HTTP library's rule cannot know which headers are secret here.
 */
/** Redirects that are followed for one request: a CDN needs one or two, a circle never ends. */
export const REDIRECTS_MOST = 5;
/** Statuses with a Location that a GET repeats there (RFC 9110 section 15.4). */
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
/** Longest Location that is looked at, in characters: signed CDN links have 500 to 2000. */
const LOCATION_MOST = 8_192;
/** The status asks for the same request elsewhere. */
export function isRedirect(status) {
    return REDIRECT_STATUSES.has(status);
}
function parseLocation(location, from) {
    if (location.length > LOCATION_MOST || !URL.canParse(location, from.href))
        return undefined;
    const url = new URL(location, from);
    // A log-in inside a Location is a stranger's; it is never used.
    url.username = '';
    url.password = '';
    url.hash = '';
    return url;
}
/** Where an answer at `from` with this `Location` leads. */
export function judgeRedirect(state, from, location) {
    const refused = (why) => ({ kind: 'refused', why });
    if (location === undefined)
        return refused('it does not say where to');
    const url = parseLocation(location, from);
    if (url === undefined)
        return refused('it does not lead to a usable address');
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
        return refused(`it leads to ${url.protocol}`);
    if (from.protocol === 'https:' && url.protocol === 'http:')
        return refused('it leads from https to http');
    if (state.visited.includes(url.href))
        return refused('it leads in a circle');
    // The first visited address was not a redirect.
    if (state.visited.length > REDIRECTS_MOST)
        return refused(`it is one more than ${REDIRECTS_MOST}`);
    const trusted = state.trusted && url.origin === from.origin;
    return { kind: 'follow', url, state: { visited: [...state.visited, url.href], trusted } };
}
