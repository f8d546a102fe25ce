// How large the next piece of an upload should be.

export const MIN_CHUNK = 256 * 1024
export const FIRST_CHUNK = 4 * 1024 * 1024
export const MAX_CHUNK = 64 * 1024 * 1024
/** A lost connection costs at most about this much work, and a slow one still gets answers. */
export const TARGET_SECONDS = 8

/** The next size from how long the last piece took: towards TARGET_SECONDS, at most four times up or
 *  down in one step, whole 256 KiB, inside [MIN_CHUNK, MAX_CHUNK] and the server's cap (0 = none). */
export function nextChunkSize(last: number, seconds: number, serverCap: number): number {
    const wanted = seconds > 0 ? last * (TARGET_SECONDS / seconds) : last * 4
    const eased = Math.min(last * 4, Math.max(last / 4, wanted))
    return clampChunk(eased, serverCap)
}

export function clampChunk(size: number, serverCap: number): number {
    const cap = serverCap > 0 ? Math.min(serverCap, MAX_CHUNK) : MAX_CHUNK
    const rounded = Math.round(size / MIN_CHUNK) * MIN_CHUNK
    return Math.max(1, Math.min(cap, Math.max(MIN_CHUNK, rounded)))
}

/** "bytes=0-99" -> 100, the first byte the server does not have. No header: it has none. */
export function offsetFromRange(range: string | null): number {
    const found = range ? /^bytes=0-(\d+)$/.exec(range.trim()) : null
    return found ? Number(found[1]) + 1 : 0
}

/** Seconds to wait before attempt n (1, 2, …): 1, 2, 4 … 30, with a little spread. */
export function backoffSeconds(attempt: number, random = Math.random()): number {
    return Math.min(30, 2 ** (attempt - 1)) * (0.8 + 0.4 * random)
}
