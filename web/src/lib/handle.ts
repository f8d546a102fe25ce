// Names of accounts and channels across servers.

interface Named { name: string; host?: string }

/** "name" of somebody here, "name@host" of others: what the API and our own addresses use. */
export function localHandle(actor: Named, here = window.location.host): string {
    return !actor.host || actor.host === here ? actor.name : `${actor.name}@${actor.host}`
}

/** "name@host" always: what people give to each other. */
export function fullHandle(actor: Named, here = window.location.host): string {
    return `${actor.name}@${actor.host || here}`
}

export function isRemote(actor: Named, here = window.location.host): boolean {
    return !!actor.host && actor.host !== here
}

/** "@me@my.server", "acct:me@my.server", "https://my.server/@me" or ".../users/me" -> "me@my.server"; else null. */
export function parseHandle(text: string): string | null {
    const t = text.trim().replace(/^acct:/i, '').replace(/^@/, '')
    const plain = /^([\p{L}\p{N}_.-]+)@([^\s@/?#]+)$/u.exec(t)
    try {
        if (plain) {
            const { host, port } = new URL(`http://${plain[2]}`) // small letters, and Punycode for others
            return host && !/[^a-z0-9.:-]/.test(host) && (port || !plain[2]?.includes(':')) ? `${plain[1]}@${host}` : null
        }
        const url = new URL(t)
        const name = /^\/(?:@|users\/|u\/|accounts\/|profile\/)([\p{L}\p{N}_.-]+)\/?$/u.exec(decodeURI(url.pathname))?.[1]
        return name && /^https?:$/.test(url.protocol) ? `${name}@${url.host}` : null
    } catch {
        return null
    }
}

/** What was typed names one thing somewhere, rather than being words to look for. */
export function isAddress(text: string): boolean {
    const t = text.trim()
    if (/^https?:/i.test(t))
        return /^https?:\/\/[^\s/]+\/\S*$/i.test(t)
    const host = parseHandle(t)?.split('@')[1]
    return host !== undefined && (host.includes('.') || /^localhost(:|$)/.test(host))
}

/** The server an address belongs to, for telling where something is looked up. */
export function hostOf(address: string): string {
    const t = address.trim()
    try {
        if (/^https?:/i.test(t))
            return new URL(t).host
    } catch { /* no address after all */ }
    return t.slice(t.lastIndexOf('@') + 1)
}
