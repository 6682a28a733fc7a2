// Addresses at which clouds serve their own machines: metadata, credentials, agents. They stay closed even in opened ranges.

/** One range of service addresses. */
export interface ServiceAddressRow {
  readonly range: string;
  readonly service: string;
  /** Where the operator of the service documents it. */
  readonly source: string;
}

/**
 * The known ranges. Most are outside the public Internet anyway, but a range that an operator opens may contain them.
 * Azure's is in public space, and only answers machines of Azure.
 */
export const SERVICE_ADDRESSES: readonly ServiceAddressRow[] = [
  {
    range: '169.254.0.0/16',
    service: 'instance metadata and credentials of most clouds',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html',
  },
  {
    range: 'fd00:ec2::/32',
    service: 'AWS, over IPv6',
    source: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html',
  },
  {
    range: '168.63.129.16/32',
    service: 'Azure: agent, DNS and health probes',
    source: 'https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16',
  },
  {
    range: 'fd20:ce::254/128',
    service: 'Google Cloud, over IPv6',
    source: 'https://cloud.google.com/compute/docs/metadata/querying-metadata',
  },
  {
    range: 'fd00:c1::a9fe:a9fe/128',
    service: 'Oracle Cloud, over IPv6',
    source: 'https://docs.oracle.com/iaas/Content/Compute/Tasks/gettingmetadata.htm',
  },
  {
    range: '100.100.100.200/32',
    service: 'Alibaba Cloud',
    source: 'https://www.alibabacloud.com/help/ecs/user-guide/view-instance-metadata',
  },
  {
    range: 'fd00:42::42/128',
    service: 'Scaleway, over IPv6',
    source: 'https://cloudinit.readthedocs.io/en/latest/reference/datasources/scaleway.html',
  },
];
