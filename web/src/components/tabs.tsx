// Rows of links that stand for views of the same thing.

import { place } from '../router'
import { config, user } from '../state'
import { strings as s } from '../strings'

export function Tabs({ label, tabs, current }: { label: string; tabs: [string, string][]; current: string }) {
    return (
        <nav class="tabs" aria-label={label}>
            {tabs.map(([href, text]) => <a key={href} href={href} aria-current={href === current ? 'page' : undefined}>{text}</a>)}
        </nav>
    )
}

/** Whose videos: all that are known here, those of this site, those of others, those one follows. */
export function HomeTabs() {
    const { path, search } = place.value
    const tabs: [string, string][] = [['/', s.home.all]]
    if (config.value.federation?.enabled)
        tabs.push(['/?isLocal=true', s.home.local], ['/?isLocal=false', s.home.network])
    if (user.value)
        tabs.push(['/subscriptions', s.home.subscriptions])
    const isLocal = search.get('isLocal')
    return <Tabs label={s.home.whose} tabs={tabs} current={path === '/' && isLocal ? `/?isLocal=${isLocal}` : path} />
}
