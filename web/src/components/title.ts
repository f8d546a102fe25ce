import { useEffect } from 'preact/hooks'
import { config } from '../state'

/** document.title, and with it what screen readers say on a change of page. */
export function useTitle(title: string | null): void {
    const site = config.value.instance.name
    useEffect(() => {
        if (title !== null)
            document.title = title ? `${title} – ${site}` : site
    }, [title, site])
}
