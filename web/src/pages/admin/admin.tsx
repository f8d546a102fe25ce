// Pages for administrators and moderators. Loaded only by them.

import type { ComponentChildren } from 'preact'
import { RequireUser } from '../../components/require-user'
import { Tabs } from '../../components/tabs'
import { useTitle } from '../../components/title'
import { user } from '../../state'
import { strings as s } from '../../strings'
import { Role } from '../../types'
import { NotFound } from '../not-found'
import { Federation } from './federation'
import { Reports } from './reports'
import { SiteBlocks } from './site-blocks'
import { Users } from './users'
import { Workers } from './workers'

/** The first is what /admin shows. */
const sections: { name: string; label: string; administrators?: boolean; page: () => ComponentChildren }[] = [
    { name: 'users', label: s.admin.users.title, page: () => <Users /> },
    { name: 'reports', label: s.admin.reports.title, page: () => <Reports /> },
    { name: 'federation', label: s.admin.federation.title, administrators: true, page: () => <Federation /> },
    { name: 'workers', label: s.admin.workers.title, administrators: true, page: () => <Workers /> },
    { name: 'blocks', label: s.admin.blocks.title, page: () => <SiteBlocks /> }
]

export function Admin({ section }: { section: string }) {
    return <RequireUser><Sections section={section} /></RequireUser>
}

function Sections({ section }: { section: string }) {
    const role = user.value?.role.id ?? Role.user
    const mine = sections.filter(x => role === Role.administrator || !x.administrators)
    const current = mine.find(x => x.name === section) ?? (section ? undefined : mine[0])
    useTitle(current?.label ?? null)
    if (role > Role.moderator || !current)
        return <NotFound text={s.admin.forbidden} />
    return (
        <>
            <div class="page-head"><h1>{s.admin.title}</h1></div>
            <div class="page-head">
                <Tabs label={s.admin.title} tabs={mine.map(x => [`/admin/${x.name}`, x.label])} current={`/admin/${current.name}`} />
            </div>
            {current.page()}
        </>
    )
}
